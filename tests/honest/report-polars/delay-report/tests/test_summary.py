import polars as pl
from delay_report.summary import summarise


def test_one_row():
    flights = pl.DataFrame({"origin": ["X"], "carrier": ["Y"], "dep_delay": [31]})
    assert summarise(flights, pl.DataFrame({"origin": ["X"], "airport": ["Xville"]})).row(0)[-1] == 1.0
