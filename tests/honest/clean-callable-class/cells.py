# %% clean
import inspect
from abc import ABC, abstractmethod


class Step(ABC):
    steps = []

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        Step.steps.append(cls)

    @abstractmethod
    def __call__(self, export, stations): ...


class Codes(Step):
    def __call__(self, export, stations):
        return {name: tidy_codes(export[name]) for name in ("carrier", "origin", "dest", "tailnum")}


class Numbers(Step):
    def __call__(self, export, stations):
        whole = {name: to_numbers(export[name]).astype("int64") for name in ("record", "flight")}
        return whole | {"pressure_hpa": to_numbers(export["pressure"])}


class Times(Step):
    def __call__(self, export, stations):
        delay = to_numbers(export["dep_delay"])
        return {
            "date": parse_dates(export["date"]), "sched_minute": parse_clock(export["sched_dep"]).astype("int64"),
            "dep_minute": parse_clock(export["dep_time"]), "dep_delay": delay[delay.between(-60, 1440)].reindex(delay.index).astype("Int64"),
            "cancelled": export["dep_time"].eq("") & export["dep_delay"].eq(""),
        }


class Units(Step):
    def __call__(self, export, stations):
        by, origin = stations.set_index("station"), tidy_codes(export["origin"])
        return {
            "temp_c": to_celsius(to_numbers(export["temp"]), origin.map(by["temperature"])),
            "wind_kt": to_knots(to_numbers(export["wind"]), origin.map(by["wind"])),
        }


class Cleaning:
    """Callable like a function."""

    def __init__(self, *steps):
        self.steps = steps
        self.calls = 0

    def __call__(self, export, stations):
        self.calls += 1
        lacking = set(EXPORT).difference(export.columns)
        if lacking:
            raise ValueError(", ".join(sorted(lacking)))
        columns = {}
        for step in self.steps:
            assert not inspect.isabstract(type(step))
            columns |= step(export, stations)
        table = pd.DataFrame(columns)[list(COLUMNS)]
        return table.drop_duplicates(["date", "carrier", "flight", "origin"], ignore_index=True)


clean = Cleaning(*(step() for step in Step.steps))
