"""One learner's numbers: a table with groups for the notebook, a text file for the tool."""

import json
import sys
from pathlib import Path

import numpy as np


def main(exercise: str, seed: str, out: str) -> None:
    draw = np.random.default_rng(int(seed, 16))
    values = draw.integers(1, 1000, size=int(draw.integers(20, 40)))
    data, truth = Path(out) / "data", Path(out) / "truth"
    truth.mkdir(parents=True)
    if exercise == "tool":
        (data / "raw").mkdir(parents=True)
        (data / "raw" / "numbers.txt").write_text("".join(f"{value}\n" for value in values))
    else:
        data.mkdir(parents=True)
        groups = draw.choice(["north", "south"], size=len(values))
        lines = [f"{group},{value}\n" for group, value in zip(groups, values, strict=True)]
        (data / "numbers.csv").write_text("group,value\n" + "".join(lines))
    (truth / "truth.json").write_text(json.dumps({"sum": int(values.sum()), "largest": int(values.max())}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
