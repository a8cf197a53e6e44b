"""prepare takes what it may be given."""

import pandas as pd
import pytest

from delay_service.prepare import READINGS, prepare


@pytest.fixture
def sky():
    hours = pd.date_range("2013-07-01", periods=48, freq="h").strftime("%Y-%m-%dT%H:00Z")
    return pd.DataFrame({"origin": "JFK", "hour_utc": hours} | {reading: 1.0 for reading in READINGS})


@pytest.mark.parametrize("time", ["2013-07-01T00:00", "2013-07-01T18:59", "2013-03-10T03:00", "2013-12-31T23:59"])
@pytest.mark.parametrize("delay", [None, -12.0, 0.0, 30.0, 31.0])
@pytest.mark.parametrize("origin", ["JFK", "LGA"])
def test_it_takes_the_flight_and_leaves_it_as_it_is(sky, time, delay, origin):
    flights = pd.DataFrame(
        {"flight": ["F1", "F2"], "time": time, "origin": origin, "dest": "LAX", "carrier": "AA", "distance": 2475, "dep_delay": delay}
    )
    before, sky_before = flights.copy(), sky.copy()
    prepare(flights, sky)
    pd.testing.assert_frame_equal(flights, before)
    pd.testing.assert_frame_equal(sky, sky_before)
