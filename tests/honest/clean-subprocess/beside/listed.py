import csv
import json
import sys

rows = list(csv.DictReader(sys.stdin))
json.dump(sorted(int(row["record"]) for row in rows if row["carrier"] != row["carrier"].strip().upper()), sys.stdout)
print("done", file=sys.stderr)
