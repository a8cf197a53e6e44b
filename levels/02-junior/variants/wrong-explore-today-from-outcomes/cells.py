# %% features
class Features:
    """Numbers about flights, for a model: fit learns from some flights, transform describes any."""

    def fit(self, flights):
        lacking = [name for name in [*INPUT, "cancelled", "dep_delay"] if name not in flights.columns]
        if lacking:
            raise ValueError(f"cannot learn without the columns {', '.join(lacking)}")
        left = flights[~flights["cancelled"].astype(bool)]
        if left.empty:
            raise ValueError("none of these flights departed: there is no lateness to learn")
        late = (left["dep_delay"] > LATE).astype(float)
        self.overall = float(late.mean())
        self.shares = {}
        for name in ("carrier", "dest"):
            counts = late.groupby(left[name].to_numpy()).agg(["sum", "size"])
            self.shares[name] = (counts["sum"] + 50 * self.overall) / (counts["size"] + 50)
        days = flights["sched"].dt.date.nunique()
        self.traffic = flights.groupby([flights["origin"], flights["sched"].dt.hour]).size() / days
        self.middle = {name: flights[name].astype(float).median() for name in NUMBERS}
        return self

    def transform(self, flights):
        lacking = [name for name in ("sched", "origin") if name not in flights.columns]
        if lacking:
            raise ValueError(f"cannot describe flights without {', '.join(lacking)}")
        given = flights.reindex(columns=[*INPUT, "recent_late"])
        hour = given["sched"].dt.hour
        table = pd.DataFrame(index=flights.index)
        for name in ("carrier", "dest"):
            table[f"{name}_late"] = given[name].map(self.shares[name]).astype(float).fillna(self.overall)
        places = pd.MultiIndex.from_arrays([given["origin"], hour])
        table["usual_traffic"] = self.traffic.reindex(places).fillna(0.0).to_numpy()
        for name in NUMBERS:
            table[name] = given[name].astype(float).fillna(self.middle[name]).fillna(0.0)
        table["aircraft_known"] = given["aircraft_year"].notna().astype(float)
        table["recent_late"] = given["recent_late"].astype(float).fillna(self.overall)
        table["hour"] = hour
        table["today"] = self.overall
        if "dep_delay" in flights.columns:
            late = (flights["dep_delay"] > LATE).astype(float)
            table["today"] = late.groupby([flights["origin"], flights["sched"].dt.date]).transform("mean")
        table["weekday"] = given["sched"].dt.weekday
        table["evening"] = (hour >= 17) * (hour - 16)
        for airport in AIRPORTS:
            table[airport] = given["origin"] == airport
        return table.astype(float)
