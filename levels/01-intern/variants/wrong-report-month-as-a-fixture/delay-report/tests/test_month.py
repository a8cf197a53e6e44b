from pathlib import Path

from delay_report.read import read_flights


def test_the_month_is_read():
    assert len(read_flights(Path(__file__).parent / "month")) == 120
