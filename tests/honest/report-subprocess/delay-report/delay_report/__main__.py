"""The command line: ``python -m delay_report RAW OUT``. The work is done in a second process, whose output is checked."""

import os
import subprocess
import sys
from pathlib import Path

WORKING = "DELAY_REPORT_WORKING"


def work(raw: Path) -> int:
    from delay_report.airports import read_airports
    from delay_report.read import BadInput, read_flights
    from delay_report.summary import summarise

    try:
        report = summarise(read_flights(raw), read_airports(raw))
    except BadInput as problem:
        print(f"delay_report: {problem}", file=sys.stderr)
        return 2
    sys.stdout.write(report.to_csv(index=False))
    return 0


def main(raw: str, out: str) -> int:
    again = [sys.executable, "-m", "delay_report", raw, out]
    done = subprocess.run(again, env=os.environ | {WORKING: "1"}, stdout=subprocess.PIPE)
    if done.returncode == 0:
        os.makedirs(out, exist_ok=True)
        Path(out, "report.csv").write_bytes(done.stdout)
    return done.returncode


if __name__ == "__main__":
    match sys.argv[1:]:
        case [raw, out]:
            sys.exit(work(Path(raw)) if WORKING in os.environ else main(raw, out))
        case _:
            sys.exit(2)
