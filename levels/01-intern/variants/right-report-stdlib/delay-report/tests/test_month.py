from delay_report.month import rows


def test_names_cancellations_and_late_ones(tmp_path):
    (tmp_path / "airports.csv").write_text("faa,name\nEWR,Newark Liberty Intl\n")
    (tmp_path / "flights.csv").write_text("origin,carrier,dep_delay\nSWF,NA,\nEWR,UA,30\nEWR,UA,31\nEWR,UA,\n")
    assert rows(tmp_path) == [
        ["EWR", "Newark Liberty Intl", "UA", "3", "1", "30.5", "0.500"],
        ["SWF", "SWF", "NA", "1", "1", "", ""],
    ]
