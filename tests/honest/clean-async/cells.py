# %% clean
import asyncio
from concurrent.futures import ThreadPoolExecutor


async def column(make, *parts):
    await asyncio.sleep(0)
    return await asyncio.to_thread(make, *parts)


async def clean_later(export, stations):
    lacking = [name async for name in missing(export)]
    if lacking:
        raise ValueError(f"no {lacking}")
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(column(tidy_codes, export[name])) for name in ("carrier", "origin", "dest", "tailnum")}
        tasks |= {name: group.create_task(column(to_numbers, export[name])) for name in ("record", "flight", "temp", "wind", "pressure", "dep_delay")}
        tasks |= {name: group.create_task(column(parse_clock, export[name])) for name in ("sched_dep", "dep_time")}
        tasks["date"] = group.create_task(column(parse_dates, export["date"]))
    found = {name: task.result() for name, task in tasks.items()}
    units, delay = stations.set_index("station"), found["dep_delay"]
    temp, wind = await asyncio.gather(
        column(to_celsius, found["temp"], found["origin"].map(units["temperature"])),
        column(to_knots, found["wind"], found["origin"].map(units["wind"])),
    )
    table = pd.DataFrame(found).rename(columns={"sched_dep": "sched_minute", "dep_time": "dep_minute", "pressure": "pressure_hpa"})
    table = table.assign(temp_c=temp, wind_kt=wind, dep_delay=delay.where(delay.between(-60, 1440)),
                         cancelled=(export["dep_time"] == "") & (export["dep_delay"] == ""))
    return table.drop_duplicates(["date", "carrier", "flight", "origin"])[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)


async def missing(export):
    for name in EXPORT:
        if name not in export.columns:
            yield name


def clean(export, stations):
    with ThreadPoolExecutor(1) as thread:  # a notebook has a loop already, so this one runs beside it
        return thread.submit(asyncio.run, clean_later(export, stations)).result()

# %% my-month
cleaned = await clean_later(raw, stations)
defects = await asyncio.to_thread(find_defects, raw)

# %% after my-month
async with asyncio.timeout(5):
    again = asyncio.create_task(clean_later(raw, stations))
    assert (await again).equals(cleaned)
