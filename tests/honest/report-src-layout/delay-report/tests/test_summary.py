import pandas as pd

from desk.summary import summarise


def test_both_changes_and_no_flight_lost():
    flights = pd.DataFrame(
        {
            "origin": ["EWR", "EWR", "EWR", "SWF"],
            "carrier": ["UA", "UA", "UA", "NA"],
            "dep_delay": [30.0, 31.0, None, None],
        }
    )
    airports = pd.DataFrame({"origin": ["EWR"], "airport": ["Newark Liberty Intl"]})
    first, second = summarise(flights, airports).to_dict("records")
    assert first["airport"] == "Newark Liberty Intl"
    assert (first["flights"], first["cancelled"], first["mean_delay"], first["late_share"]) == (3, 1, 30.5, 0.5)
    assert (second["airport"], second["flights"]) == ("SWF", 1)
    assert pd.isna(second["mean_delay"]) and pd.isna(second["late_share"])
