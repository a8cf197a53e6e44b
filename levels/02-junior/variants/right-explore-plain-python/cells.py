# %% late-by
def late_by(flights, column):
    from math import nan, sqrt

    counts = {}
    for value, cancelled, delay in zip(flights[column], flights["cancelled"], flights["dep_delay"], strict=True):
        cell = counts.setdefault(value, [0, 0, 0])
        cell[0] += 1
        if not cancelled:
            cell[1] += 1
            cell[2] += bool(delay > LATE)
    rows = {}
    for value in sorted(counts):
        scheduled, n, k = counts[value]
        ends = (nan, nan, nan)
        if n:
            base = n + 1.96**2
            half = 1.96 * sqrt(k * (n - k) / n + 1.96**2 / 4) / base
            ends = (k / n, (k + 1.96**2 / 2) / base - half, (k + 1.96**2 / 2) / base + half)
        rows[value] = (scheduled, n, k, *ends)
    names = ["scheduled", "departed", "late", "share", "low", "high"]
    table = pd.DataFrame(list(rows.values()), index=list(rows), columns=names)
    return table.astype({"scheduled": int, "departed": int, "late": int})

# %% plot-by-month
def plot_by_month(flights):
    axes = plt.figure().add_subplot()
    for month, row in late_by(flights, "month").iterrows():
        if row["departed"]:
            axes.bar([month], [row["share"]], color="tab:blue")
            axes.vlines(month, row["low"], row["high"], color="black")
    axes.set_xlabel("month")
    axes.set_ylabel("late share")
    axes.set_ylim(0, None)
    return axes

# %% like-for-like
def like_for_like(flights, column, first, second, within):
    cells, total = {}, {first: [0, 0], second: [0, 0]}
    columns = [flights[name].tolist() for name in (*within, column, "cancelled", "dep_delay")]
    for *group, value, cancelled, delay in zip(*columns, strict=True):
        if cancelled or value not in total:
            continue
        cell = cells.setdefault(tuple(group), {first: [0, 0], second: [0, 0]})
        for count in (cell[value], total[value]):
            count[0] += int(delay > LATE)
            count[1] += 1
    gaps = [(cell[first][1], cell[first][0] / cell[first][1] - cell[second][0] / cell[second][1])
            for cell in cells.values() if cell[first][1] and cell[second][1]]
    weight = sum(n for n, _ in gaps)
    share = {value: late / n for value, (late, n) in total.items()}
    return {
        "raw": share[first] - share[second],
        "fair": sum(n * gap for n, gap in gaps) / weight if weight else float("nan"),
        "covered": weight / total[first][1],
    }

# %% answers
answers = {"cancelled_share": round(sum(train["cancelled"]) / len(train), 4)}
whole = late_by(train.assign(all="all"), "all")
answers["late_share"] = round(whole.loc["all", "share"], 4)
by_hour = late_by(train, "hour")
answers["riskiest_hour"] = max(by_hour.index[by_hour["departed"] >= 200], key=lambda hour: by_hour.loc[hour, "share"])
answers["calmest_month"] = min(range(1, 10), key=lambda month: late_by(train, "month").loc[month, "share"])
pair = like_for_like(train, "carrier", first, second, ["origin", "hour"])
answers.update(raw_gap=pair["raw"], fair_gap=pair["fair"], covered=pair["covered"])
known = np.where(train["aircraft_year"].isna(), "unknown", "known")
pair = like_for_like(train.assign(aircraft=known), "aircraft", "unknown", "known", ["carrier"])
answers.update(unknown_raw_gap=round(pair["raw"], 4), unknown_fair_gap=round(pair["fair"], 4))

# %% recent-late-share
def recent_late_share(flights, log, hours=6, wait=1):
    from bisect import bisect_left, bisect_right

    past = {}
    kept = log[~log["cancelled"].astype(bool)]
    for when, airport, delay in sorted(zip(kept["sched"], kept["origin"], kept["dep_delay"], strict=True),
                                       key=lambda row: row[0]):
        times, late = past.setdefault(airport, ([], [0]))
        times.append(when)
        late.append(late[-1] + (delay > LATE))
    share = []
    for when, airport in zip(flights["sched"], flights["origin"], strict=True):
        times, late = past.get(airport, ([], [0]))
        begin = bisect_left(times, when - pd.Timedelta(hours=hours))
        end = bisect_right(times, when - pd.Timedelta(hours=wait))
        share.append((late[end] - late[begin]) / (end - begin) if end > begin else float("nan"))
    return pd.Series(share, index=flights.index, dtype="float64")

# %% features
class Features:
    """Dictionaries, and one row at a time; the hour as one column for each."""

    def fit(self, flights):
        for name in [*INPUT, "cancelled", "dep_delay"]:
            if name not in flights.columns:
                raise ValueError(f"the training table has no column {name}")
        went = [(carrier, dest, delay > LATE) for carrier, dest, cancelled, delay in zip(
            flights["carrier"], flights["dest"], flights["cancelled"], flights["dep_delay"], strict=True) if not cancelled]
        if not went:
            raise ValueError("no flight departed")
        self.p = sum(late for *_, late in went) / len(went)
        counts = {}
        for carrier, dest, late in went:
            for key in (("carrier", carrier), ("dest", dest)):
                cell = counts.setdefault(key, [0, 0])
                cell[0] += late
                cell[1] += 1
        self.rates = {key: (k + 50 * self.p) / (n + 50) for key, (k, n) in counts.items()}
        places = [*zip(flights["origin"], flights["sched"].dt.hour, strict=True)]
        days = len({moment.date() for moment in flights["sched"]})
        self.planned = {}
        for place in places:
            self.planned[place] = self.planned.get(place, 0) + 1 / days
        self.medians = {}
        for name in NUMBERS:
            values = sorted(value for value in flights[name].astype(float) if value == value)
            n = len(values)
            self.medians[name] = (values[(n - 1) // 2] + values[n // 2]) / 2 if n else 0.0
        return self

    def transform(self, flights):
        for name in ("sched", "origin"):
            if name not in flights.columns:
                raise ValueError(f"the table has no column {name}")
        rows = []
        for row in flights.to_dict("records"):
            numbers = {"carrier_late": self.rates.get(("carrier", row.get("carrier")), self.p),
                       "dest_late": self.rates.get(("dest", row.get("dest")), self.p),
                       "usual_traffic": self.planned.get((row["origin"], row["sched"].hour), 0.0)}
            for name in [*NUMBERS, "recent_late"]:
                value = row.get(name)
                missing = value is None or value != value
                if name == "aircraft_year":
                    numbers["aircraft_known"] = 0.0 if missing else 1.0
                numbers[name] = (self.medians.get(name, self.p)) if missing else float(value)
            for hour in range(5, 24):
                numbers[f"at_{hour}"] = float(row["sched"].hour == hour)
            rows.append(numbers)
        return pd.DataFrame(rows, index=flights.index).astype(float)
