"""The feedback page: one self-contained HTML file, without scripts and without anything from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from grader.model import Level, Scorecard
from grader.report.figures import Figures
from grader.report.message import label
from grader.report.page import NO_FIGURES, Hint, page

__all__ = ["Hint", "feedback_page"]

TEMPLATES = Path(__file__).with_name("templates")


def feedback_page(
    scorecard: Scorecard, level: Level, hints: Mapping[str, Hint], figures: Mapping[str, Figures] = NO_FIGURES
) -> str:
    """The page a learner reads, as one HTML document (write it as UTF-8).

    ``hints`` are keyed ``exercise/name``, ``figures`` by exercise. Text that a learner's code could influence is
    escaped and stripped of control characters.
    """
    return _template().render(card=scorecard, level=level, page=page(scorecard, level, hints, figures))


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(said=_said, prose=_prose, inline=_inline)
    environment.filters.update(label=label, number=_number, short=_short)
    return environment.get_template("feedback.html.j2")


def _said(text: str) -> Markup:
    """A part of a message: its first line is text, what follows (a table, some code) keeps its columns."""
    first, _, rest = text.partition("\n")
    return _inline(first) + (_block(rest) if rest.strip() else Markup(""))


def _prose(text: str) -> Markup:
    """Paragraphs parted by empty lines; one whose lines are all indented is code."""
    paragraph = Markup("<p>{}</p>")
    parts = re.split(r"\n(?:[ ]*\n)+", text.strip("\n"))
    return Markup("").join(_block(part) if _is_code(part) else paragraph.format(_inline(part)) for part in parts)


def _is_code(paragraph: str) -> bool:
    return all(line.startswith("  ") for line in paragraph.split("\n"))


def _inline(text: str) -> Markup:
    """Words in `backticks` are code."""
    code = Markup("<code>{}</code>")
    pieces = re.split(r"`([^`\n]+)`", text)
    return Markup("").join(code.format(piece) if index % 2 else piece for index, piece in enumerate(pieces))


def _block(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(dedent(text.strip("\n")))


def _number(value: float) -> str:
    return f"{value:g}"


def _short(digest: str) -> str:
    """The first twelve characters of a digest, without its algorithm."""
    return label(digest).rpartition(":")[2][:12]
