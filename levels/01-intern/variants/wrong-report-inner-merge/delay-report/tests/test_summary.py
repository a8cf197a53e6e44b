import pandas as pd

from delay_report.summary import summarise


def test_both_changes():
    flights = pd.DataFrame({"origin": ["EWR"] * 3, "carrier": ["UA"] * 3, "dep_delay": [30.0, 31.0, None]})
    airports = pd.DataFrame({"origin": ["EWR"], "airport": ["Newark Liberty Intl"]})
    (row,) = summarise(flights, airports).to_dict("records")
    assert row["airport"] == "Newark Liberty Intl"
    assert (row["flights"], row["cancelled"], row["mean_delay"], row["late_share"]) == (3, 1, 30.5, 0.5)
