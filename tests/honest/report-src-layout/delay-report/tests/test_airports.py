from desk.airports import read_airports


def test_codes_and_names(tmp_path):
    (tmp_path / "airports.csv").write_text("faa,name\nEWR,Newark Liberty Intl\nSWF,Stewart Intl\n")
    names = read_airports(tmp_path)
    assert dict(zip(names["origin"], names["airport"])) == {"EWR": "Newark Liberty Intl", "SWF": "Stewart Intl"}
