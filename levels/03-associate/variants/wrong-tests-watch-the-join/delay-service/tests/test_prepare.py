"""What prepare promises: its docstring and the list in the README, a sentence a test."""

import pandas as pd
import pytest

from delay_service.prepare import COLUMNS, prepare

READINGS = ["temp", "wind_speed", "precip", "visib"]


def flights(*rows):
    """A table of flights from (time, what is special about the flight)."""
    usual = {"origin": "JFK", "dest": "LAX", "carrier": "AA", "distance": 2475, "dep_delay": 0.0}
    return pd.DataFrame([{"flight": f"F{n}", "time": time} | usual | special for n, (time, special) in enumerate(rows)])


def weather(*rows):
    """A table of weather from (origin, hour in UTC, temperature or all four readings)."""
    made = []
    for origin, hour, said in rows:
        readings = said if isinstance(said, tuple) else (said, 5.0, 0.0, 10.0)
        made.append({"origin": origin, "hour_utc": hour} | dict(zip(READINGS, readings, strict=True)))
    return pd.DataFrame(made, columns=["origin", "hour_utc", *READINGS])


def every_hour(day, origin="JFK", start=0.0):
    """Weather of a day and the one after, no two hours alike."""
    hours = pd.date_range(day, periods=48, freq="h").strftime("%Y-%m-%dT%H:00Z")
    return weather(*((origin, hour, start + n) for n, hour in enumerate(hours)))


@pytest.mark.parametrize(
    "time, hour",
    [
        ("2013-01-15T18:00", "2013-01-15T23:00Z"),  # winter: five hours
        ("2013-01-15T18:59", "2013-01-15T23:00Z"),  # the last minute belongs to the hour
        ("2013-07-15T18:00", "2013-07-15T22:00Z"),  # summer: four
        ("2013-07-15T06:31", "2013-07-15T10:00Z"),
        ("2013-07-15T21:45", "2013-07-16T01:00Z"),  # tomorrow already, in UTC
        ("2013-01-31T23:59", "2013-02-01T04:00Z"),
        ("2013-03-10T01:59", "2013-03-10T06:00Z"),  # the clocks go forward after this minute
        ("2013-03-10T03:00", "2013-03-10T07:00Z"),
    ],
)
def test_readings_are_those_of_the_hour_in_utc(time, hour):
    sky = every_hour(time[:10])
    expected = sky.loc[sky["hour_utc"] == hour, "temp"].item()
    assert prepare(flights((time, {})), sky)["temp"].tolist() == [expected]


def test_readings_are_those_of_the_airport():
    hour = "2013-01-15T23:00Z"
    table = prepare(
        flights(*(("2013-01-15T18:10", {"origin": origin}) for origin in ("LGA", "JFK", "EWR"))),
        weather(("EWR", hour, 1.0), ("JFK", hour, 2.0), ("LGA", hour, 3.0)),
    )
    assert table[["origin", "temp"]].to_numpy().tolist() == [["LGA", 3.0], ["JFK", 2.0], ["EWR", 1.0]]


def test_what_is_missing_stays_missing_and_the_flight_stays():
    nan = float("nan")
    table = prepare(
        flights(("2013-01-15T17:10", {}), ("2013-01-15T18:10", {}), ("2013-01-15T19:10", {})),
        weather(
            ("JFK", "2013-01-15T22:00Z", (40.0, 8.0, 0.1, 9.0)),
            ("JFK", "2013-01-16T00:00Z", (nan, 6.0, nan, 7.0)),
            ("JFK", "2013-01-16T01:00Z", (44.0, 4.0, 0.3, 5.0)),
        ),
    )
    assert table["flight"].tolist() == ["F0", "F1", "F2"]
    assert table.loc[1, READINGS].isna().all()
    assert table.loc[2, READINGS].isna().tolist() == [True, False, True, False]
    assert table.loc[2, ["wind_speed", "visib"]].tolist() == [6.0, 7.0]


def test_an_hour_without_a_row_borrows_from_no_neighbour():
    sky = every_hour("2013-01-15")
    table = prepare(flights(("2013-01-15T18:10", {})), sky[sky["hour_utc"] != "2013-01-15T23:00Z"])
    assert table[READINGS].isna().all(axis=None) and len(table) == 1


def test_cancelled_flights_are_left_out_and_no_others():
    delays = [None, -12.0, 0.0, 1.0, None, 300.0]
    given = flights(*(("2013-01-15T18:10", {"dep_delay": delay}) for delay in delays))
    table = prepare(given, every_hour("2013-01-15"))
    assert table["flight"].tolist() == ["F1", "F2", "F3", "F5"]


@pytest.mark.parametrize("delay, late", [(-40, 0), (0, 0), (29, 0), (30, 0), (31, 1), (300, 1)])
def test_late_means_more_than_thirty_minutes(delay, late):
    table = prepare(flights(("2013-01-15T18:10", {"dep_delay": delay})), every_hour("2013-01-15"))
    assert table["late"].tolist() == [late]


def test_rows_are_in_the_order_of_time_and_numbered_from_0():
    times = ["2013-07-02T06:05", "2013-07-01T22:30", "2013-07-02T06:00", "2013-07-01T09:00"]
    table = prepare(flights(*((time, {}) for time in times)), every_hour("2013-07-01"))
    assert table["time"].tolist() == sorted(times)
    assert table.index.tolist() == [0, 1, 2, 3]


def test_flights_of_the_same_minute_keep_their_order():
    given = flights(*(("2013-07-01T09:00", {"flight": name}) for name in ("F7", "F2", "F9", "F1")))
    assert prepare(given, every_hour("2013-07-01"))["flight"].tolist() == ["F7", "F2", "F9", "F1"]


def test_columns_are_those_promised_and_hold_what_was_given():
    table = prepare(flights(("2013-07-01T09:00", {"dest": "SFO", "carrier": "B6"})), every_hour("2013-07-01"))
    assert list(table.columns) == COLUMNS
    assert table.loc[0, ["flight", "time", "origin", "dest", "carrier", "distance"]].tolist() == [
        "F0", "2013-07-01T09:00", "JFK", "SFO", "B6", 2475,
    ]


def test_what_it_is_given_is_the_same_afterwards():
    given, sky = flights(("2013-07-01T09:00", {}), ("2013-07-01T08:00", {"dep_delay": None})), every_hour("2013-07-01")
    before, sky_before = given.copy(), sky.copy()
    prepare(given, sky)
    pd.testing.assert_frame_equal(given, before)
    pd.testing.assert_frame_equal(sky, sky_before)


def test_two_rows_for_one_hour_are_refused():
    with pytest.raises(ValueError):
        prepare(flights(("2013-01-15T18:10", {})), weather(*[("JFK", "2013-01-15T23:00Z", 1.0)] * 2))


def test_the_join_is_validated(monkeypatch):
    seen = []
    merge = pd.DataFrame.merge
    monkeypatch.setattr(pd.DataFrame, "merge", lambda self, *a, **k: seen.append(k) or merge(self, *a, **k))
    prepare(flights(("2013-07-01T09:00", {})), every_hour("2013-07-01"))
    assert len(seen) == 1


def test_no_flights_make_an_empty_table():
    table = prepare(flights(("2013-07-01T09:00", {"dep_delay": None})), every_hour("2013-07-01"))
    assert len(table) == 0 and list(table.columns) == COLUMNS
