"""Draws comparison.png out of what integrity.py and throughput.py have written to a folder.

python benchmarks/plot.py benchmarks/results
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from notebooks import RIDES

GRADERS = ("ladder", "nbgrader", "otter-grader")
LABELS = {"ladder": "Ladder", "nbgrader": "nbgrader 0.9.6", "otter-grader": "otter-grader 7.0.0"}
KINDS = (("fooled", "#c4473a"), ("harmed only", "#e8a33d"), ("held", "#3c7d59"))


def kinds(rows: list[dict[str, Any]], grader: str) -> list[int]:
    """How many attacks fooled a grader, harmed it without fooling it, and did neither."""
    some = [row for row in rows if row["grader"] == grader]
    fooled = [(row["points"] or 0) > row["earns"] for row in some]
    harmed = [bool(row["harm"]) for row in some]
    return [sum(fooled), sum(h and not f for f, h in zip(fooled, harmed, strict=True)),
            sum(not h and not f for f, h in zip(fooled, harmed, strict=True))]  # fmt: skip


def main(folder: Path) -> None:
    attacks = json.loads((folder / "integrity.json").read_text())
    timings = [
        one
        for one in json.loads((folder / "throughput.json").read_text())
        if one["steady"] is not None and one["notebook"] == RIDES.name
    ]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.6), width_ratios=(3, 2), layout="constrained")
    met = {grader: sum(row["grader"] == grader for row in attacks) for grader in GRADERS}
    most = max(met.values())
    names = [LABELS[one] + (f"\n({met[one]} of {most} so far)" if met[one] < most else "") for one in GRADERS]
    start = [0] * len(GRADERS)
    for place, (kind, colour) in enumerate(KINDS):
        counts = [kinds(attacks, grader)[place] for grader in GRADERS]
        bars = left.barh(names, counts, left=start, color=colour, label=kind)
        left.bar_label(bars, [str(count) if count else "" for count in counts], label_type="center", color="white")
        start = [a + b for a, b in zip(start, counts, strict=True)]
    left.set_title(f"{max(start)} attacks that come as a notebook", fontsize=10)
    left.legend(fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)
    left.invert_yaxis()
    cost = [statistics.median(one["cpu"] / one["submissions"] for one in timings if one["grader"] == grader)
            for grader in GRADERS]  # fmt: skip
    bars = right.barh(names, cost, color="#4a6fa5")
    right.bar_label(bars, [f"{seconds:.1f} s" for seconds in cost], padding=3)
    right.set_title("CPU seconds for one notebook", fontsize=10)
    right.set_yticks([])
    right.set_xlim(0, max(cost) * 1.2)
    right.invert_yaxis()
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(folder / "comparison.png", dpi=110)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
