"""The figures that a learner's notebook holds in its saved outputs, for the feedback page to show. Nothing is run.

The notebook is the learner's: of any shape, size and depth. Only PNGs are taken, each made anew from its own chunks;
HTML, SVG and scripts are never looked at.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.model import Level
from grader.report.message import label
from grader.report.png import NotAPicture, Picture, picture
from grader.tree import Tree

MB = 2**20
MAX_FIGURES = 12
MAX_FIGURE_BYTES = MB
MAX_BYTES = 6 * MB  # all figures of a notebook together
MAX_NOTEBOOK_BYTES = 20 * MB
MAX_VALUES = 1_000_000  # commas and brackets: a few megabytes of `[],[],` would fill gigabytes once they are read
_LONGEST_TEXT = 100_000  # characters of a text cell that are looked through for its headings
_AGAIN = "Run all cells, save the notebook and pack again."
# An id that somebody gave a cell: words with hyphens. Programs write hex digits, or letters of both cases.
_WORDS = re.compile(r"(?=.*[g-z])[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Figure:
    """One figure. ``caption`` is the learner's text: one line, not escaped; words in backticks are code."""

    caption: str
    picture: Picture

    @property
    def uri(self) -> str:
        """The picture as a ``data:`` address, whose base64 is ours."""
        return "data:image/png;base64," + base64.b64encode(self.picture.data).decode("ascii")


@dataclass(frozen=True)
class Figures:
    """What there is to show of a notebook, in its order; ``said`` is one line on what there is not, or empty."""

    shown: tuple[Figure, ...]
    said: str = ""


def saved_figures(level: Level, tree: Tree) -> Mapping[str, Figures]:
    """The figures in a submission, by exercise: only of those whose figures the level wants shown."""
    return {
        exercise.id: figures(tree.files.get(f"notebooks/{exercise.id}.ipynb", b""))
        for exercise in level.exercises
        if exercise.figures
    }


def figures(notebook: bytes) -> Figures:
    """The PNGs among the saved outputs of a notebook, whatever these bytes are: at most 12, 6 MB, and none twice."""
    if len(notebook) > MAX_NOTEBOOK_BYTES or sum(notebook.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        return Figures((), f"The notebook as saved is too large to show its figures. Clear its outputs. {_AGAIN}")
    try:
        document = json.loads(notebook)
    except (ValueError, RecursionError):
        return Figures((), "There is no notebook here that can be read, so there are no figures to show.")
    shown: list[Figure] = []
    there: set[bytes] = set()  # a visible check often draws what the cell above it drew
    left_out: Counter[str] = Counter()
    size = 0
    for heading, cell, encoded in _pictures(document):
        try:
            if len(shown) == MAX_FIGURES:
                raise NotAPicture(f"after the first {MAX_FIGURES}")
            found = picture(_decoded(encoded))
            if found.data in there:
                continue
            if size + len(found.data) > MAX_BYTES:
                raise NotAPicture(f"beyond {MAX_BYTES // MB} MB in all")
        except NotAPicture as why:
            left_out[str(why)] += 1
            continue
        there.add(found.data)
        size += len(found.data)
        shown.append(Figure(_caption(heading, cell) or f"Figure {len(shown) + 1}", found))
    if left_out:
        return Figures(tuple(shown), "Not shown: " + ", ".join(f"{left_out[why]:,} {why}" for why in left_out) + ".")
    return Figures(tuple(shown), "" if shown else f"The notebook was saved without figures. {_AGAIN}")


def _decoded(encoded: str | None) -> bytes:
    """The bytes of a saved picture; NotAPicture if they are none, or too many."""
    if encoded is None:
        raise NotAPicture("in a format other than PNG")
    if len(encoded) > 2 * MAX_FIGURE_BYTES:  # base64 of a megabyte is a third longer, and may be broken into lines
        raise NotAPicture(f"larger than {MAX_FIGURE_BYTES // MB} MB")
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError:
        raise NotAPicture("no PNG") from None
    if len(data) > MAX_FIGURE_BYTES:
        raise NotAPicture(f"larger than {MAX_FIGURE_BYTES // MB} MB")
    return data


def _pictures(document: object) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Heading, cell and base64 of every picture, in order; no base64 where there is only another format."""
    heading = ""
    for cell in _tables(document, "cells"):
        if cell.get("cell_type") == "markdown":
            heading = _last_heading(_text(cell.get("source"))) or heading
            continue
        for output in _tables(cell, "outputs"):
            data = output.get("data")
            if not isinstance(data, dict) or output.get("output_type") not in ("display_data", "execute_result"):
                continue
            if "image/png" in data:
                yield heading, cell, _text(data["image/png"])
            elif any(kind.startswith("image/") for kind in data):
                yield heading, cell, None


def _tables(of: object, key: str) -> list[dict[str, Any]]:
    """The JSON objects in a list that is a value of ``of``; none where it is something else."""
    found = of.get(key) if isinstance(of, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(value: object) -> str:
    """A text as nbformat writes it: whole, or as a list of lines; empty where it is neither."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _last_heading(text: str) -> str:
    """As it was written: there may be a million of them, so only one that is shown is made safe to show."""
    found, in_code = "", False
    for line in text[:_LONGEST_TEXT].splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            in_code = not in_code
        title = line.lstrip("#")
        if not in_code and 1 <= len(line) - len(title) <= 6 and title[:1] in (" ", "\t"):
            found = title.strip(" \t#*") or found
    return found


def _caption(heading: str, cell: Mapping[str, Any]) -> str:
    """The nearest heading above a cell, and what the cell is called where somebody gave it a name."""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    name = label(name).replace("`", "") if isinstance(name, str) else ""
    given = cell.get("id")
    if not name and isinstance(given, str) and _WORDS.fullmatch(given):
        name = label(given)
    return ", ".join(part for part in (label(heading.replace("*", "")), f"cell `{name}`" if name else "") if part)
