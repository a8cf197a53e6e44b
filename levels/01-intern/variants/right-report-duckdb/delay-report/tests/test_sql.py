from delay_report.read import open_month
from delay_report.summary import write_report


def test_the_query(tmp_path):
    (tmp_path / "airports.csv").write_text("faa,name\nEWR,Newark Liberty Intl\n")
    (tmp_path / "flights.csv").write_text("origin,carrier,dep_delay\nSWF,NA,\nEWR,UA,30\nEWR,UA,31\nEWR,UA,\n")
    write_report(open_month(tmp_path), tmp_path / "out" / "report.csv")
    assert (tmp_path / "out" / "report.csv").read_text().splitlines()[1:] == [
        "EWR,Newark Liberty Intl,UA,3,1,30.5,0.5",
        "SWF,SWF,NA,1,1,,",
    ]
