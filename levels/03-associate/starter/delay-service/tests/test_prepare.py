"""What prepare promises. So far: that something comes out."""

from pathlib import Path

import pandas as pd

from delay_service.prepare import COLUMNS, prepare

DATA = Path(__file__).parents[1] / "data"


def test_flights_come_out():
    table = prepare(pd.read_csv(DATA / "flights.csv"), pd.read_csv(DATA / "weather.csv"))
    assert set(table.columns) == set(COLUMNS)
    assert set(table["late"]) == {0, 1}
    assert table["temp"].notna().mean() > 0.9
