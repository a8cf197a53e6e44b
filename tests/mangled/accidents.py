"""Editing accidents, drawn by seed: what people, editors and other tools do to a notebook that was right.

``mangled(document, stubs, seed)`` applies a few of them to a copy of an nbformat document and gives the bytes of the
file. Nothing here knows how the grader reads notebooks.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Cell = dict[str, Any]
HUGE = 50 * 1024 * 1024  # bytes of output, in every 250th case


@dataclass(frozen=True)
class Mangled:
    """``data`` is the file; ``document`` what stands in it, or None if it can no longer be read as a notebook."""

    data: bytes
    document: Document | None
    story: tuple[str, ...]


def mangled(document: Document, stubs: Sequence[str], seed: int) -> Mangled:
    """``stubs``: texts of the release's untouched solution cells. The same seed gives the same bytes."""
    draw = random.Random(seed)
    book = _Book(copy.deepcopy(document), draw, stubs)
    story = []
    for _ in range(draw.randint(1, 7)):
        accident = draw.choices(list(CELL_ACCIDENTS), list(CELL_ACCIDENTS.values()))[0]
        if book.cells:
            accident(book)
            story.append(accident.__name__)
    for accident, chance in FILE_ACCIDENTS.items():
        if draw.random() < chance:
            accident(book)
            story.append(accident.__name__)
    if seed % 250 == 0 and book.cells:
        outputs_of_50_mb(book)
        story.append("outputs_of_50_mb")
    encode = draw.choices(list(ENCODINGS), list(ENCODINGS.values()))[0]
    try:
        data = encode(book)
    except UnicodeEncodeError:  # no editor would have saved it in that
        encode, data = utf_8, utf_8(book)
    story.append(encode.__name__)
    return Mangled(data, None if encode is cut_off else book.document, tuple(story))


class _Book:
    def __init__(self, document: Document, draw: random.Random, stubs: Sequence[str]) -> None:
        self.document = document
        self.draw = draw
        self.stubs = stubs

    @property
    def cells(self) -> list[Cell]:
        return self.document["cells"]  # type: ignore[no-any-return]

    def any(self) -> Cell:
        return self.draw.choice(self.cells)

    def any_place(self) -> int:
        return self.draw.randint(0, len(self.cells))

    def marked(self) -> list[Cell]:
        return [cell for cell in self.cells if isinstance(cell.get("metadata", {}).get("nbgrader"), dict)]

    def new(self, kind: str, text: str) -> Cell:
        cell = {"id": f"new{self.draw.randrange(10**9)}", "cell_type": kind, "metadata": {}, "source": text}
        return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def text_of(cell: Mapping[str, Any]) -> str:
    """A cell's text with one kind of line end, whatever form it is stored in."""
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


# -- to cells


def delete(book: _Book) -> None:
    book.cells.remove(book.any())


def duplicate(book: _Book) -> None:
    """As Jupyter does it, below and with all metadata; or pasted elsewhere, or without them."""
    cell = book.any()
    twin = copy.deepcopy(cell)
    place = book.cells.index(cell) + 1 if book.draw.random() < 0.5 else book.any_place()
    if book.draw.random() < 0.5:
        twin["metadata"] = {}
    if book.draw.random() < 0.5:
        twin["id"] = f"twin{book.draw.randrange(10**9)}"
    book.cells.insert(place, twin)


def split(book: _Book) -> None:
    """At a line. JupyterLab gives both halves the metadata, other editors only the upper one."""
    cell = book.any()
    lines = text_of(cell).splitlines(keepends=True)
    if len(lines) < 2:
        return
    at = book.draw.randint(1, len(lines) - 1)
    lower = copy.deepcopy(cell) if book.draw.random() < 0.5 else book.new(cell["cell_type"], "")
    cell["source"], lower["source"] = "".join(lines[:at]).rstrip("\n"), "".join(lines[at:])
    book.cells.insert(book.cells.index(cell) + 1, lower)


def merge(book: _Book) -> None:
    """Two neighbours; the upper one's type and metadata stay, or now and then the lower one's."""
    kinds = [cell["cell_type"] for cell in book.cells]
    pairs = [at for at in range(len(kinds) - 1) if kinds[at] == kinds[at + 1] == "code" or book.draw.random() < 0.05]
    if not pairs:
        return
    at = book.draw.choice(pairs)
    upper, lower = book.cells[at], book.cells[at + 1]
    kept, other = (upper, lower) if book.draw.random() < 0.8 else (lower, upper)
    kept["source"] = text_of(upper).rstrip("\n") + book.draw.choice(["\n", "\n\n"]) + text_of(lower)
    book.cells.remove(other)


def retype(book: _Book) -> None:
    cell = book.any()
    cell["cell_type"] = book.draw.choice([kind for kind in ("code", "markdown", "raw") if kind != cell["cell_type"]])


def move(book: _Book) -> None:
    cell = book.any()
    book.cells.remove(cell)
    book.cells.insert(book.any_place(), cell)


def swap(book: _Book) -> None:
    one, other = book.draw.randrange(len(book.cells)), book.draw.randrange(len(book.cells))
    book.cells[one], book.cells[other] = book.cells[other], book.cells[one]


def shuffle(book: _Book) -> None:
    book.draw.shuffle(book.cells)


def lose_metadata(book: _Book) -> None:
    """Of one cell, or all of it, as tools do that know nothing of nbgrader."""
    for cell in book.cells if book.draw.random() < 0.3 else [book.any()]:
        if book.draw.random() < 0.2:
            cell.pop("metadata", None)
        else:
            cell["metadata"] = {}


def lose_ids(book: _Book) -> None:
    for cell in book.cells:
        cell.pop("id", None)


def same_ids(book: _Book) -> None:
    for cell in book.cells:
        cell["id"] = "same"


def edit_flags(book: _Book) -> None:
    """Points, flags and types that somebody has clicked or typed."""
    for cell in book.draw.sample(book.marked(), min(2, len(book.marked()))):
        marks = cell["metadata"]["nbgrader"]
        marks.update(
            book.draw.choice(
                [
                    {"points": book.draw.choice([0, 99, -1, "many", None])},
                    {"grade": not marks.get("grade"), "locked": not marks.get("locked")},
                    {"solution": not marks.get("solution")},
                    {"schema_version": book.draw.choice([1, 2, 99, None])},
                    {"cell_type": "markdown", "checksum": "0" * 32},
                    {"task": True},
                ]
            )
        )


def edit_grade_id(book: _Book) -> None:
    """Lost, misspelt, or that of another cell, as after copying a cell to write the next one in it."""
    if not book.marked():
        return
    cell = book.draw.choice(book.marked())
    marks = cell["metadata"]["nbgrader"]
    other = book.draw.choice(book.marked())["metadata"]["nbgrader"].get("grade_id")
    marks["grade_id"] = book.draw.choice([None, 7, [], "", "cell-" + "9f" * 8, other, other])


def spoil_nbgrader(book: _Book) -> None:
    if book.marked():
        book.draw.choice(book.marked())["metadata"]["nbgrader"] = book.draw.choice([None, [], "yes", {}])


def paste_a_stub(book: _Book) -> None:
    """An untouched solution cell of the release, pasted in once more."""
    book.cells.insert(book.any_place(), book.new("code", book.draw.choice(book.stubs)))


def add_a_cell(book: _Book) -> None:
    text = book.draw.choice(["", "   \n", "to do: ask about the weather", "1 / 0", "scratch = 3", "?print", "!true"])
    book.cells.insert(book.any_place(), book.new(book.draw.choice(["code", "code", "markdown", "raw"]), text))


def attach(book: _Book) -> None:
    cell = book.any()
    cell["attachments"] = book.draw.choice([{"image.png": {"image/png": "iVBORw0KGgo=" * 50}}, {}, [], None])


def output(book: _Book) -> None:
    for cell in book.cells:
        if cell["cell_type"] == "code" and book.draw.random() < 0.7:
            cell["execution_count"] = book.draw.choice([1, None, 10**12, "7"])
            cell["outputs"] = book.draw.choice(
                [
                    [{"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]}],
                    [{"output_type": "error", "ename": "E", "evalue": "\x1b[31mred", "traceback": ["\x1b[0m"]}],
                    [{"output_type": "display_data", "data": {"text/html": "<script>1</script>"}, "metadata": {}}],
                    [{"output_type": "nothing of the kind"}, None, 7],
                    None,
                    {},
                ]
            )


def other_source_form(book: _Book) -> None:
    """A list of lines, one text, or a list of odd pieces: all mean the same."""
    for cell in book.cells:
        text = text_of(cell)
        at = book.draw.randint(0, len(text))
        cell["source"] = book.draw.choice([text, text.splitlines(keepends=True), [text[:at], text[at:]], [text]])


def other_line_ends(book: _Book) -> None:
    end = book.draw.choice(["\r\n", "\r"])
    for cell in book.cells if book.draw.random() < 0.5 else [book.any()]:
        cell["source"] = text_of(cell).replace("\n", end)


# -- to the file


def other_kernel(book: _Book) -> None:
    kernel = book.draw.choice(["ir", "julia-1.9", "python2", "conda-env-work-py", "xeus-python", "", None])
    book.document["metadata"] = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "R"}}


def lose_notebook_metadata(book: _Book) -> None:
    book.document.pop("metadata", None)


def other_minor(book: _Book) -> None:
    book.document["nbformat_minor"] = book.draw.choice([0, 1, 2, 4, 5, 6, 99, "5", None])


def outputs_of_50_mb(book: _Book) -> None:
    cell = book.draw.choice(book.cells)
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * HUGE}]


# -- to the bytes


def utf_8(book: _Book) -> bytes:
    indent = book.draw.choice([None, 1, 4])
    return json.dumps(book.document, ensure_ascii=False, indent=indent).encode()


def ascii_only(book: _Book) -> bytes:
    return json.dumps(book.document, indent=1).encode()


def file_with_crlf(book: _Book) -> bytes:
    return json.dumps(book.document, ensure_ascii=False, indent=1).replace("\n", "\r\n").encode()


def byte_order_mark(book: _Book) -> bytes:
    return b"\xef\xbb\xbf" * book.draw.choice([1, 1, 2]) + utf_8(book)


def utf_16_or_32(book: _Book) -> bytes:
    form = book.draw.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
    return json.dumps(book.document, ensure_ascii=False).encode(form)


def code_page(book: _Book) -> bytes:
    form = book.draw.choice(["cp1252", "latin-1"])
    return json.dumps(book.document, ensure_ascii=False, indent=1).encode(form)


def format_3(book: _Book) -> bytes:
    """The format of ten years ago: cells one level down, ``input`` for code."""
    cells = []
    for cell in book.cells:
        old = {key: value for key, value in cell.items() if key != "source"}
        cells.append(old | {"input" if cell["cell_type"] == "code" else "source": cell["source"]})
    old_file = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    return json.dumps(old_file).encode()


def cut_off(book: _Book) -> bytes:
    data = utf_8(book)
    return data[: book.draw.randint(0, len(data) - 1)]


CELL_ACCIDENTS: dict[Callable[[_Book], None], float] = {
    delete: 2, duplicate: 4, split: 3, merge: 5, retype: 2, move: 5, swap: 3, shuffle: 1, lose_metadata: 4,
    lose_ids: 2, same_ids: 1, edit_flags: 3, edit_grade_id: 3, spoil_nbgrader: 2, paste_a_stub: 1, add_a_cell: 4,
    attach: 2, output: 2, other_source_form: 2, other_line_ends: 2,
}  # fmt: skip
FILE_ACCIDENTS: dict[Callable[[_Book], None], float] = {
    other_kernel: 0.15, lose_notebook_metadata: 0.1, other_minor: 0.2,
}  # fmt: skip
ENCODINGS: dict[Callable[[_Book], bytes], float] = {
    utf_8: 6, ascii_only: 4, file_with_crlf: 2, byte_order_mark: 2, utf_16_or_32: 2, code_page: 2, format_3: 1,
    cut_off: 0.3,
}  # fmt: skip
