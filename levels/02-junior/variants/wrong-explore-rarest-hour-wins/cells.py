# %% answers
answers = None  # a dict with the keys of the table
hours, months = late_by(train, "hour"), late_by(train, "month")
airlines = like_for_like(train, "carrier", first, second, ["origin", "hour"])
unknown = like_for_like(
    train.assign(unknown=train["aircraft_year"].isna()), "unknown", True, False, ["origin"])
answers = {
    "cancelled_share": float(train["cancelled"].mean()),
    "late_share": float((train.loc[~train["cancelled"], "dep_delay"] > LATE).mean()),
    "riskiest_hour": int(hours.loc[hours["departed"] >= 200, "share"].idxmax()),
    "calmest_month": int(months["share"].idxmin()),
    "raw_gap": airlines["raw"],
    "fair_gap": airlines["fair"],
    "covered": airlines["covered"],
    "unknown_raw_gap": unknown["raw"],
    "unknown_fair_gap": unknown["fair"],
}
