"""A small source notebook whose answers build on each other, and the right submission that accidents happen to."""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SKILL = "numbers"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def _marked(name: str, flags: str, text: str, **more: Any) -> Any:
    marks = {
        "schema_version": 3, "grade_id": name, "grade": "g" in flags, "solution": "s" in flags, "locked": "l" in flags,
        "task": False,
    }  # fmt: skip
    ladder = {}
    if "g" in flags:
        marks["points"] = more["points"]
        ladder = {"ladder": {"title": more["title"], "skill": SKILL}}
    return new_code_cell(text, id=f"c-{name}", metadata={"nbgrader": marks, **ladder})


def _given(name: str, text: str) -> Any:
    return _marked(name, "l", text)


def _answer(name: str, text: str) -> Any:
    return _marked(name, "s", f"### BEGIN SOLUTION\n{text}\n### END SOLUTION")


def _visible(name: str, title: str, text: str) -> Any:
    return _marked(name, "gl", text, points=0, title=title)


def _hidden(name: str, title: str, holds: str) -> Any:
    text = f"assert {holds}, 'Tried: what the cell asks.\\nCame: something else.\\nLook: the cell.'"
    return _marked(name, "gl", f"### BEGIN HIDDEN TESTS\n{text}\n### END HIDDEN TESTS", points=1, title=title)


def source() -> Any:
    """The source notebook. One hidden check for each answer; each needs other answers, too."""
    return new_notebook(metadata=KERNEL, cells=[
        new_markdown_cell("# Readings\n\nRead, then answer.", id="words"),
        new_code_cell("example = [3, 1, 2]\nsorted(example)", id="example"),
        _given("setup", "import math\n\nLIMIT = 30"),
        _answer("mean", "def mean(values):\n    return sum(values) / len(values)"),
        _visible("mean-of-three", "The mean of three numbers", "assert mean([1, 2, 3]) == 2, 'not 2'"),
        _hidden("means", "Means", "mean([4, 8]) == 6 and mean([0.5]) == 0.5"),
        new_markdown_cell("Spread is next.", id="more-words"),
        _answer("spread", "def spread(values):\n    return math.sqrt(mean([(v - mean(values)) ** 2 for v in values]))"),
        _hidden("spreads", "Spreads", "spread([1, 1]) == 0 and spread([1, 3]) == 1"),
        _given("readings", "STATION = 'Zürich'\nREADINGS = [12, 31, 55, 7]"),
        _answer("label", "def label(value):\n    return f'{value:.1f} °C'"),
        _hidden("labels", "Labels", "label(7) == '7.0 °C – Zürich'"),
        _answer("late", "late = [reading for reading in READINGS if reading > LIMIT]\naverage = mean(late)"),
        _hidden("late-ones", "Late ones", "late == [31, 55] and average == 43"),
        _answer("desk", "class Desk:\n    pass"),
        _hidden("desks", "Desks", "Desk([2, 4]).said() == '3.0 °C – Zürich'"),
        _answer("note", "note = ''"),
        _hidden("notes", "Notes", "note.split('\\n') == ['Zürich:', '  2 late']"),
    ])  # fmt: skip


# What the learner wrote, by grade_id; what is not named here stays as it is in the source. The cells in OWN are their
# own, each above the named one.
ANSWERS = {
    "mean": "def mean(values):\n    values = list(values)\n\n    return sum(values) / len(values)",
    "spread": "here = %pwd\n\ndef spread(values):\n    middle = mean(values)\n"
    "    return math.sqrt(mean((value - middle) ** 2 for value in values))",
    "label": "def label(value):\n    return f'{one_decimal(value)} °C – {STATION}'",
    "late": "%%time\nlate = [reading for reading in READINGS if is_late(reading)]\naverage = mean(late)",
    "desk": "class Desk:\n    def __init__(self, values):\n        self.values = values\n\n    def said(self):\n"
    "        return label(mean(self.values))",
    "note": 'note = f"""{STATION}:\n  {len(late)} late"""',
}
OWN = {
    "label": "def one_decimal(value):\n    return format(value, '.1f')",
    "late": "from functools import partial\n\nis_late = partial(lambda limit, reading: reading > limit, LIMIT)",
}


def submitted(released: Any) -> dict[str, Any]:
    """The learner's notebook, as a plain nbformat document, from the release."""
    cells = []
    for cell in released.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in OWN:
            cells.append(new_code_cell(OWN[name], id=f"own-{name}"))
        cells.append(new_code_cell(ANSWERS[name], id=cell.id, metadata=cell.metadata) if name in ANSWERS else cell)
    plain = [dict(cell) for cell in cells]
    return {"cells": plain, "metadata": dict(released.metadata), "nbformat": 4, "nbformat_minor": 5}
