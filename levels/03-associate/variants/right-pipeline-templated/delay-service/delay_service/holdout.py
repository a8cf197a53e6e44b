"""Two tables out of one, by the day."""

import argparse
import csv


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="day", required=True)
    parser.add_argument("table")
    asked = parser.parse_args()
    with open(asked.table, newline="") as source, open("learn.csv", "w", newline="") as learn, open(
        "holdout.csv", "w", newline=""
    ) as holdout:
        rows = csv.DictReader(source)
        writers = [csv.DictWriter(file, rows.fieldnames, lineterminator="\n") for file in (learn, holdout)]
        for writer in writers:
            writer.writeheader()
        for row in rows:
            writers[row["time"] >= asked.day].writerow(row)


if __name__ == "__main__":
    main()
