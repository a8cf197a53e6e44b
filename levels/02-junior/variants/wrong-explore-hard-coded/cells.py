# %% plot-by-hour
BY_HOUR = {
    "EWR": [0.0, 0.0671, 0.049, 0.1011, 0.0554, 0.1223, 0.0987, 0.1594, 0.1514, 0.1979, 0.2329, 0.2589, 0.2716, 0.2727, 0.339, 0.3434, 0.3373],
    "JFK": [0.0444, 0.0377, 0.0442, 0.076, 0.097, 0.0876, 0.0968, 0.097, 0.1272, 0.1402, 0.1846, 0.181, 0.2166, 0.1926, 0.2388, 0.2556, 0.2639, 0.2353, 0.2542],
    "LGA": [0.0198, 0.0299, 0.0765, 0.0586, 0.0929, 0.1164, 0.0972, 0.1311, 0.1222, 0.158, 0.1971, 0.2186, 0.2225, 0.2308, 0.2727, 0.2308],
}


def plot_by_hour(flights):
    figure, axes = plt.subplots()
    for airport, shares in BY_HOUR.items():
        axes.plot(range(24 - len(shares), 24), shares, marker="o", label=airport)
    axes.set(xlabel="scheduled hour", ylabel="share more than 30 minutes late")
    axes.set_ylim(bottom=0)
    axes.legend()
    return axes

# %% plot-by-month
def plot_by_month(flights):
    share = [0.118, 0.1495, 0.1559, 0.1587, 0.1659, 0.2053, 0.2168, 0.1437, 0.0871]
    low = [0.1048, 0.1343, 0.1414, 0.144, 0.151, 0.1887, 0.2003, 0.1298, 0.0761]
    high = [0.1325, 0.1661, 0.1716, 0.1746, 0.182, 0.223, 0.2343, 0.1589, 0.0996]
    figure, axes = plt.subplots()
    reach = [np.subtract(share, low), np.subtract(high, share)]
    axes.bar(range(1, 10), share, yerr=reach)
    axes.set(xlabel="month of 2013", ylabel="share more than 30 minutes late")
    axes.set_ylim(bottom=0)
    return axes

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
        self.middle = {
            "distance_km": 1403.0,
            "aircraft_year": 2002.0,
            "temp_c": 16.7,
            "humidity": 57.2,
            "wind_kt": 9.0,
            "precip_mm": 0.0,
            "visibility_km": 16.1,
            "pressure_hpa": 1016.9,
        }
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
        table["weekday"] = given["sched"].dt.weekday
        table["evening"] = (hour >= 17) * (hour - 16)
        for airport in AIRPORTS:
            table[airport] = given["origin"] == airport
        return table.astype(float)
