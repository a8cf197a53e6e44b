"""What the report promises, tried from outside: run with plain ``pytest``."""

import csv
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

FLIGHTS = """\
month,day,sched_dep_time,dep_delay,carrier,flight,origin,dest
7,1,600,4,UA,11,EWR,ORD
7,1,610,40,UA,12,EWR,IAH
7,1,620,-2,B6,13,JFK,BOS
7,2,630,,B6,14,JFK,BOS
"""
AIRPORTS = "faa,name\nEWR,Newark Liberty Intl\nJFK,John F Kennedy Intl\n"


def month(folder):
    folder.mkdir()
    (folder / "flights.csv").write_text(FLIGHTS)
    (folder / "airports.csv").write_text(AIRPORTS)
    return folder


def run(raw, out):
    command = [sys.executable, "-m", "delay_report", str(raw), str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_row_for_every_origin_and_carrier(tmp_path):
    done = run(month(tmp_path / "raw"), tmp_path / "out")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "report.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    means = {(row["origin"], row["carrier"]): float(row["mean_delay"]) for row in rows}
    assert means == {("EWR", "UA"): 22.0, ("JFK", "B6"): -2.0}


def test_a_missing_folder_gets_one_clear_line(tmp_path):
    done = run(tmp_path / "nowhere", tmp_path / "out")
    assert done.returncode != 0
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
