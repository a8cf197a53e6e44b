"""One learner's readings: a table of stations and values, in no order; the truth is what can be added up of it."""

import json
import sys
from pathlib import Path

import numpy as np


def main(exercise: str, seed: str, out: str) -> None:
    draw = np.random.default_rng(int(seed, 16))
    values = draw.choice(np.arange(1, 9000), size=int(draw.integers(20, 40)), replace=False)
    data, truth = Path(out) / "data", Path(out) / "truth"
    truth.mkdir(parents=True)
    if exercise == "tool":
        (data / "raw").mkdir(parents=True)
        (data / "raw" / "numbers.txt").write_text("".join(f"{value}\n" for value in values))
    else:
        data.mkdir(parents=True)
        lines = [f"S{number:03},{value}\n" for number, value in enumerate(values)]
        (data / "readings.csv").write_text("station,value\n" + "".join(lines))
    found = {"total": int(values.sum()), "best": int(values.max())}
    (truth / "truth.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:4])
