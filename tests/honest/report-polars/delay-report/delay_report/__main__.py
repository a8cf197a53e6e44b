"""python -m delay_report RAW OUT"""

import sys
from pathlib import Path

from delay_report.airports import read_airports
from delay_report.read import BadInput, read_flights
from delay_report.summary import summarise

match [Path(argument) for argument in sys.argv[1:]]:
    case [raw, out]:
        try:
            report = summarise(read_flights(raw), read_airports(raw))
        except BadInput as problem:
            print(problem, file=sys.stderr)
            sys.exit(2)
        out.mkdir(parents=True, exist_ok=True)
        report.write_csv(out / "report.csv")
    case _:
        sys.exit("two folders, please")
