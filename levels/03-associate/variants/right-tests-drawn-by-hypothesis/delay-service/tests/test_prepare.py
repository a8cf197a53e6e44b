"""What prepare promises, for any flights and weather: it does what a slow one does that works a flight at a time."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from delay_service.prepare import COLUMNS, READINGS, prepare

HERE = ZoneInfo("America/New_York")
DAYS = [datetime(2013, 1, 31), datetime(2013, 7, 4), datetime(2013, 3, 10)]
many = settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])


def slow(flights, weather):
    """The rows that have to come out, as lists."""
    rows = []
    for flight in flights:
        if flight["dep_delay"] is None:
            continue
        hour = flight["at"].replace(minute=0, tzinfo=HERE).astimezone(UTC).strftime("%Y-%m-%dT%H:00Z")
        found = [row for row in weather if (row["origin"], row["hour_utc"]) == (flight["origin"], hour)]
        readings = [found[0][reading] if found else None for reading in READINGS]
        words = [flight[name] for name in ("flight", "time", "origin", "dest", "carrier", "distance")]
        rows.append([*words, *readings, 1 if flight["dep_delay"] > 30 else 0])
    return sorted(rows, key=lambda row: row[1])


def fast(flights, weather):
    made = prepare(frame(flights, FIELDS), frame(weather, ["origin", "hour_utc", *READINGS]))
    assert list(made.columns) == COLUMNS
    assert made.index.tolist() == list(range(len(made)))
    return [[None if type(one) is float and math.isnan(one) else one for one in row] for row in made.to_numpy().tolist()]


FIELDS = ["flight", "time", "origin", "dest", "carrier", "distance", "dep_delay"]


def frame(rows, columns):
    return pd.DataFrame(rows, columns=columns)


@st.composite
def departures(draw):
    at = draw(st.sampled_from(DAYS)) + timedelta(
        hours=draw(st.sampled_from([0, 1, 3, 9, 18, 19, 20, 23])), minutes=draw(st.sampled_from([0, 29, 31, 46, 59]))
    )
    return {
        "flight": f"F{draw(st.integers(10, 99))}",
        "time": at.strftime("%Y-%m-%dT%H:%M"),
        "at": at,
        "origin": draw(st.sampled_from(["EWR", "JFK"])),
        "dest": draw(st.sampled_from(["LAX", "BOS"])),
        "carrier": draw(st.sampled_from(["AA", "UA"])),
        "distance": draw(st.integers(1, 6000)),
        "dep_delay": draw(st.sampled_from([None, -20.0, 0.0, 12.0, 18.0, 23.0, 28.0, 30.0, 31.0, 38.0, 43.0, 90.0])),
    }


@st.composite
def skies(draw):
    """Weather by the hour around DAYS, no two rows alike; some rows are missing, and some readings."""
    gone, silent = draw(st.sampled_from([0, 3, 5])), draw(st.sampled_from([0, 2, 7]))  # each how many rows
    rows = []
    for origin in ("EWR", "JFK"):
        for day in DAYS:
            for hour in [0, 1, 3, 4, 5, 6, 8, 9, 13, 14, 18, 19, 20, 22, 23, 24, 25, 27, 28]:
                place = len(rows)
                readings = [100.0 + place, 0.5 + place, 1000.0 + place, 2000.0 + place]
                if silent and place % silent == 0:
                    readings[place % 4] = None
                name = (day + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:00Z")
                rows.append({"origin": origin, "hour_utc": name} | dict(zip(READINGS, readings, strict=True)))
    return [row for place, row in enumerate(rows) if not gone or place % gone]


@many
@given(st.lists(departures(), max_size=8), skies())
def test_it_does_what_the_slow_one_does(flights, sky):
    assert fast(flights, sky) == slow(flights, sky)


@many
@given(st.lists(departures(), min_size=2, max_size=5), skies())
def test_flights_of_one_minute_keep_their_order(flights, sky):
    together = [flight | {"time": flights[0]["time"], "at": flights[0]["at"]} for flight in flights]
    assert fast(together, sky) == slow(together, sky)


@many
@given(st.lists(departures(), max_size=6), skies())
def test_it_changes_nothing_that_it_is_given(flights, sky):
    going, weather = frame(flights, FIELDS), frame(sky, ["origin", "hour_utc", *READINGS])
    before, weather_before = going.copy(), weather.copy()
    prepare(going, weather)
    pd.testing.assert_frame_equal(going, before)
    pd.testing.assert_frame_equal(weather, weather_before)


@many
@given(st.lists(departures(), min_size=1, max_size=6), skies(), st.data())
def test_it_refuses_an_hour_that_is_there_twice(flights, sky, data):
    twice = [*sky, data.draw(st.sampled_from(sky))]
    with pytest.raises(ValueError):
        prepare(frame(flights, FIELDS), frame(twice, ["origin", "hour_utc", *READINGS]))
