# %% parse-dates
import functools
import pickle
import tempfile

from joblib import Memory

memory = Memory(Path("cache"), verbose=0)


@functools.cache
def one_date(text):
    for layout in ("%Y-%m-%d", "%d/%m/%Y", "%d %b %Y"):
        found = pd.to_datetime(text, format=layout, errors="coerce")
        if found is not pd.NaT:
            return found
    raise ValueError(f"not a date: {text!r}")


def parse_dates(dates):
    return dates.map({text: one_date(text) for text in dates.unique()}).astype("datetime64[ns]")

# %% clean
def typed(export):
    return pd.DataFrame({name: to_numbers(export[name]) for name in ("record", "flight", "temp", "wind", "pressure", "dep_delay")})


typed_once = memory.cache(typed)


def clean(export, stations):
    if missing := [name for name in EXPORT if name not in export]:
        raise ValueError(str(missing))
    numbers = typed_once(export)
    origin, units = tidy_codes(export["origin"]), stations.set_index("station")
    table = pd.DataFrame({
        "record": numbers["record"], "date": parse_dates(export["date"]), "carrier": tidy_codes(export["carrier"]),
        "flight": numbers["flight"], "origin": origin, "dest": tidy_codes(export["dest"]),
        "tailnum": tidy_codes(export["tailnum"]), "sched_minute": parse_clock(export["sched_dep"]),
        "dep_minute": parse_clock(export["dep_time"]),
        "dep_delay": numbers["dep_delay"].where(numbers["dep_delay"].between(-60, 1440)),
        "cancelled": (export["dep_time"] == "") & (export["dep_delay"] == ""),
        "temp_c": to_celsius(numbers["temp"], origin.map(units["temperature"])),
        "wind_kt": to_knots(numbers["wind"], origin.map(units["wind"])), "pressure_hpa": numbers["pressure"],
    }).astype(COLUMNS)
    return table.drop_duplicates(["date", "carrier", "flight", "origin"], ignore_index=True)

# %% my-month
kept = Path("cleaned.pickle")
if not kept.exists():
    kept.write_bytes(pickle.dumps((clean(raw, stations), find_defects(raw))))
cleaned, defects = pickle.loads(kept.read_bytes())

# %% after my-month
cleaned.to_parquet("cleaned.parquet")
assert pd.read_parquet("cleaned.parquet")["record"].equals(cleaned["record"])
with tempfile.NamedTemporaryFile(suffix=".npy") as file, tempfile.TemporaryDirectory() as folder:
    np.save(file, cleaned["temp_c"].to_numpy())
    np.save(Path(folder) / "wind.npy", cleaned["wind_kt"].to_numpy())
memory.clear(warn=False)
