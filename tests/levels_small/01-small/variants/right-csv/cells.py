# %% all
import csv

with (DATA / "numbers.csv").open() as file:
    total = sum(int(row["value"]) for row in csv.DictReader(file))
