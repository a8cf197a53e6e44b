from delay_report.read import read_flights


def test_na_is_an_airline(tmp_path):
    (tmp_path / "flights.csv").write_text("origin,carrier,dep_delay\nEWR,NA,\n")
    assert read_flights(tmp_path)["carrier"].to_list() == ["NA"]
