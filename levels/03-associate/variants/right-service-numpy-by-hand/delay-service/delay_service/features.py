"""What the model sees of a flight: a row of numbers."""

import math
from datetime import date

WORDS = ("origin", "dest", "carrier")
NUMBERS = ("distance", "temp", "wind_speed", "precip", "visib")


def rates(rows, late):
    """By word: how often flights with it were late, pulled towards the rate of all."""
    whole = sum(late) / len(late)
    found = {"": whole}
    for word in WORDS:
        counted = {}
        for row, one in zip(rows, late):
            number, times = counted.get(row[word], (0, 0))
            counted[row[word]] = (number + one, times + 1)
        for value, (number, times) in counted.items():
            found[f"{word} {value}"] = (number + 20 * whole) / (times + 20)
    return found


def numbers(row, known):
    """One flight as numbers, in the order of the model's columns."""
    day, clock = row["time"].split("T")
    hour, minute = clock.split(":")
    made = [int(hour) * 60 + int(minute), date.fromisoformat(day).weekday()]
    made += [known.get(f"{word} {row[word]}", known[""]) for word in WORDS]
    for name in NUMBERS:
        value = row.get(name)
        made.append(math.nan if value is None else float(value))
    return made
