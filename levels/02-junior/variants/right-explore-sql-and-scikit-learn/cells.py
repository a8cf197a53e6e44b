# %% late-by
def late_by(flights, column):
    table = pd.DataFrame({"value": flights[column].to_numpy(), "gone": flights["cancelled"].to_numpy(dtype=bool),
                          "delay": flights["dep_delay"].to_numpy(dtype=float)})
    counts = table.assign(left=~table["gone"], late=(table["delay"] > LATE) & ~table["gone"]).pivot_table(
        index="value", values=["gone", "left", "late"], aggfunc={"gone": "count", "left": "sum", "late": "sum"})
    counts = counts.rename(columns={"gone": "scheduled", "left": "departed"}).astype(int)
    from scipy.stats import binomtest

    ends = []
    for late, departed in zip(counts["late"], counts["departed"], strict=True):
        if departed == 0:
            ends.append((np.nan, np.nan, np.nan))
            continue
        # scipy takes z exactly; 1.96 stands for the confidence of which it is the quantile.
        wilson = binomtest(int(late), int(departed)).proportion_ci(0.9500042097035593, method="wilson")
        ends.append((late / departed, wilson.low, wilson.high))
    counts[["share", "low", "high"]] = ends
    return counts

# %% plot-by-hour
def plot_by_hour(flights):
    left = flights[~flights["cancelled"].astype(bool)]
    table = left.assign(late=left["dep_delay"] > LATE).pivot_table(
        index="hour", columns="origin", values="late", aggfunc=["mean", "size"])
    figure, axes = plt.subplots()
    for airport in AIRPORTS:
        shares = table["mean"][airport][table["size"][airport] >= 20]
        shares.astype(float).plot(ax=axes, label=airport)
    axes.axhline((left["dep_delay"] > LATE).mean(), color="grey", label="all")
    axes.set_ylabel("late share")
    axes.set_xlabel("hour")
    axes.set_ylim(0, 0.6)
    axes.legend()
    return axes

# %% plot-by-month
def plot_by_month(flights):
    months = late_by(flights, "month").query("departed > 0")
    figure, axes = plt.subplots()
    axes.bar(months.index, months["share"], width=0.5)
    axes.errorbar(months.index, months["share"], fmt="none", ecolor="black", capsize=4,
                  yerr=np.abs(months[["low", "high"]].to_numpy().T - months["share"].to_numpy()))
    axes.set(ylim=(0, 0.5), xlabel="month", ylabel="late share")
    return axes

# %% like-for-like
def like_for_like(flights, column, first, second, within):
    left = flights.loc[~flights["cancelled"].to_numpy(dtype=bool)].reset_index(drop=True)
    left["is_late"] = left["dep_delay"] > LATE
    ours, theirs = left[left[column] == first], left[left[column] == second]
    raw = ours["is_late"].mean() - theirs["is_late"].mean()
    partners = theirs.groupby(within, as_index=False).agg(partner_share=("is_late", "mean"))
    matched = ours.merge(partners, on=within, how="inner")
    return {"raw": float(raw), "fair": float((matched["is_late"] - matched["partner_share"]).mean()),
            "covered": len(matched) / len(ours)}

# %% recent-late-share
def recent_late_share(flights, log, hours=6, wait=1):
    known = log.loc[~log["cancelled"].astype(bool), ["sched", "origin", "dep_delay"]].sort_values("sched")
    known["late"] = (known["dep_delay"] > LATE).astype(float)
    known["late"] = known.groupby("origin")["late"].cumsum()
    known["seen"] = known.groupby("origin").cumcount() + 1.0
    known = known[["sched", "origin", "late", "seen"]].astype({"sched": "datetime64[ns]"})
    asked = pd.DataFrame({"origin": flights["origin"].to_numpy(), "at": np.arange(len(flights))})

    def until(hours_ago, including):
        moments = asked.assign(sched=(flights["sched"] - pd.Timedelta(hours=hours_ago)).to_numpy("datetime64[ns]"))
        found = pd.merge_asof(moments.sort_values("sched"), known, on="sched", by="origin",
                              allow_exact_matches=including)
        return found.set_index("at").sort_index()[["late", "seen"]].fillna(0.0)

    inside = until(wait, True) - until(hours, False)
    share = (inside["late"] / inside["seen"]).where(inside["seen"] > 0)
    return pd.Series(share.to_numpy(dtype=float), index=flights.index)

# %% features
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder


class Features:
    """scikit-learn's transformers where there is one for it."""

    def fit(self, flights):
        lacking = {*INPUT, "cancelled", "dep_delay"} - set(flights.columns)
        if lacking:
            raise ValueError(f"missing: {sorted(lacking)}")
        left = flights.loc[~flights["cancelled"].astype(bool)].assign(late=lambda t: (t["dep_delay"] > LATE) * 1.0)
        if not len(left):
            raise ValueError("nothing departed")
        self.p_ = left["late"].mean()
        self.rate_ = {}
        for name in ("carrier", "dest"):
            group = left.groupby(name)["late"]
            self.rate_[name] = ((group.mean() * group.count() + 50 * self.p_) / (50 + group.count())).to_dict()
        self.days_ = len(np.unique(flights["sched"].to_numpy().astype("datetime64[D]")))
        self.traffic_ = pd.crosstab(flights["origin"], flights["sched"].dt.hour).stack().to_dict()
        self.gaps_ = SimpleImputer(strategy="median", keep_empty_features=True).fit(flights[NUMBERS].astype(float))
        self.places_ = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(flights[["origin"]].to_numpy(dtype=str))
        return self

    def transform(self, flights):
        lacking = {"sched", "origin"} - set(flights.columns)
        if lacking:
            raise ValueError(f"missing: {sorted(lacking)}")
        flights = flights.copy()
        for name in [*INPUT, "recent_late"]:
            if name not in flights:
                flights[name] = np.nan
        raw = flights[NUMBERS].astype(float)
        table = pd.DataFrame(self.gaps_.transform(raw), columns=NUMBERS, index=flights.index)
        for name, rates in self.rate_.items():
            table[name + "_late"] = [rates.get(value, self.p_) for value in flights[name]]
        hour = flights["sched"].dt.hour
        table["usual_traffic"] = [self.traffic_.get(place, 0) / self.days_ for place in zip(flights["origin"], hour)]
        table["aircraft_known"] = 1.0 - raw["aircraft_year"].isna()
        table["recent_late"] = flights["recent_late"].astype(float).where(flights["recent_late"].notna(), self.p_)
        table["hour_sin"], table["hour_cos"] = np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12)
        places = self.places_.transform(flights[["origin"]].to_numpy(dtype=str))
        for at, place in enumerate(self.places_.categories_[0]):
            table[f"from_{place}"] = places[:, at]
        return table.astype("float64")
