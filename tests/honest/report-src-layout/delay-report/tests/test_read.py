import pytest

from desk.read import BadInput, read_flights


def flights(tmp_path, text):
    (tmp_path / "flights.csv").write_text(text)
    return read_flights(tmp_path)


def test_na_is_an_airline_and_an_empty_delay_is_a_cancelled_flight(tmp_path):
    table = flights(tmp_path, "origin,carrier,dep_delay\nEWR,NA,5\nEWR,UA,\n")
    assert list(table["carrier"]) == ["NA", "UA"]
    assert list(table["dep_delay"].isna()) == [False, True]


@pytest.mark.parametrize("text", ["origin,carrier\nEWR,UA\n", "origin,carrier,dep_delay\nEWR,UA,soon\n", ""])
def test_bad_files_are_named(tmp_path, text):
    with pytest.raises(BadInput, match="flights.csv"):
        flights(tmp_path, text)
