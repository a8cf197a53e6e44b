# %% tidy-codes
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

lock = threading.RLock()
mine = threading.local()
seen = {}


def tidy_codes(codes):
    with lock:
        seen[threading.current_thread().name] = seen.get(threading.current_thread().name, 0) + 1
    mine.count = getattr(mine, "count", 0) + 1
    tidy = codes.astype("string").str.strip().str.upper()
    return tidy.mask(tidy.isin(["", "N/A"]))

# %% clean
executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="desk")


def clean(export, stations):
    if not set(EXPORT) <= set(export.columns):
        raise ValueError(f"{set(EXPORT) - set(export.columns)} not in the export")
    units = stations.set_index("station")
    origin = executor.submit(tidy_codes, export["origin"])
    jobs = {executor.submit(tidy_codes, export[name]): name for name in ("carrier", "dest", "tailnum")}
    jobs |= {executor.submit(to_numbers, export[name]): name for name in ("record", "flight", "pressure", "dep_delay")}
    jobs |= {executor.submit(parse_clock, export[name]): name for name in ("sched_dep", "dep_time")}
    jobs |= {executor.submit(parse_dates, export["date"]): "date", origin: "origin"}
    table = pd.DataFrame({jobs[job]: job.result() for job in as_completed(jobs)})
    table["temp_c"] = to_celsius(to_numbers(export["temp"]), table["origin"].map(units["temperature"]))
    table["wind_kt"] = to_knots(to_numbers(export["wind"]), table["origin"].map(units["wind"]))
    table["cancelled"] = (export["dep_time"] == "") & (export["dep_delay"] == "")
    table["dep_delay"] = table["dep_delay"].where(table["dep_delay"].between(-60, 1440))
    table = table.rename(columns={"sched_dep": "sched_minute", "dep_time": "dep_minute", "pressure": "pressure_hpa"})
    table = table[list(COLUMNS)].astype(COLUMNS)
    return table.drop_duplicates(["date", "carrier", "flight", "origin"], ignore_index=True)

# %% after clean
watcher = threading.Thread(target=threading.Event().wait, args=(0.05,), daemon=True)
watcher.start()
threading.Timer(0.01, lambda: seen.setdefault("timer", 0)).start()
