"""What learners may not have, as strings to look for: every solution, hidden check, variant, truth and generator.

It is read from a level's sources, by other ways than those by which a release is made of them: what the writing of a
release gets wrong, this must still find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from grader import catalog
from grader.catalog import released
from grader.generated import prepare
from grader.model import Exercise, Level
from grader.notebooks import kind_of
from grader.release.package import learner_side
from grader.release.strings import LONG_ENOUGH, Finder, chunks, normal, telling, unpacked
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.given import RELEASED_LEARNER

_WITHHELD = ("checks", "solution", "demo")  # folders; variants know their exercise and are read apart


@dataclass(frozen=True)
class Piece:
    """One withheld text or data set. ``strings``, in normal form, are what it has and its shown counterpart has not.

    Where single strings of it are shown on purpose, ``together`` of them are not: two texts of code may well have two
    lines in common, while a piece of a data file is in no other by chance.
    """

    what: str
    strings: frozenset[bytes]
    together: int = 3


@dataclass(frozen=True)
class Secrets:
    """All pieces. A string in ``shown`` stands in what learners are given on purpose: alone it gives nothing away."""

    pieces: tuple[Piece, ...]
    shown: frozenset[bytes]
    finder: Finder

    def __len__(self) -> int:
        return len(frozenset().union(*(piece.strings for piece in self.pieces)) - self.shown)


def secrets_of(levels: Sequence[Level]) -> Secrets:
    """The secrets of some levels. Makes every data set of the release's learner, fresh draws included."""
    pieces: list[Piece] = []
    data: list[_DataSet] = []
    open_to_all = [code for _, code in sorted(learner_side().files.items())]
    for level in levels:
        cases = prepare(level, Key.practice(), RELEASED_LEARNER).folder
        pieces += _pieces(level)
        data += (one for exercise in level.exercises for one in _data_sets(level, exercise, cases))
        open_to_all += _shown(level, cases)
    wanted = [one.strings for one in pieces] + [one.strings for one in data]
    finder = Finder(frozenset().union(*wanted))  # reads every file once only
    pieces += (Piece(one.what, one.strings.difference(*map(finder.found, one.counterpart)), 1) for one in data)
    shown = frozenset[bytes]().union(*map(finder.found, open_to_all))
    return Secrets(tuple(piece for piece in pieces if piece.strings), shown, finder)


@dataclass(frozen=True)
class _DataSet:
    """A file that only the judge sees, with the files of the learner's that may have some of it."""

    what: str
    strings: frozenset[bytes]
    counterpart: tuple[bytes, ...]


def _pieces(level: Level) -> Iterator[Piece]:
    starter = _folder(level.folder / "starter")
    stubs: dict[str, frozenset[bytes]] = {}
    for exercise in level.exercises:
        if exercise.kind == "notebook":
            cells = catalog.source_notebook(level, exercise.id).cells
            stubs[exercise.id] = _stubs(cells)
            yield from _of_cells(f"{level.id}/{exercise.id}", cells, stubs[exercise.id])
        for number in range(exercise.fresh + 1):
            seed = Key.practice().seed(level.id, exercise.id, RELEASED_LEARNER, number)
            yield Piece(f"the seed of {level.id}/{exercise.id}, data set {number}", frozenset({seed.encode()}))
    for folder in _WITHHELD:
        for path, data in _folder(level.folder / folder).items():
            yield Piece(f"{level.id}/{folder}/{path}", telling(data) - _twin(starter, path))
    for variant in catalog.read_variants(level):
        for path, data in _folder(variant.folder).items():
            strings = telling(data) - _twin(starter, path) - stubs.get(variant.exercise, frozenset())
            yield Piece(f"{level.id}/variants/{variant.name}/{path}", strings)
    for file in (*sorted(level.folder.glob("*.py")), level.folder / "demo.toml", level.folder / "proof.json"):
        if file.is_file():
            yield Piece(f"{level.id}/{file.name}", telling(file.read_bytes()))
    for rubric in level.reviews:
        marks = (normal(mark.encode()) for criterion in rubric.criteria for mark in criterion.marks)
        yield Piece(f"{level.id}'s rubric {rubric.id}", frozenset(mark for mark in marks if len(mark) >= LONG_ENOUGH))


def _of_cells(where: str, cells: Sequence[Any], stubs: frozenset[bytes]) -> Iterator[Piece]:
    for cell in cells:
        what = f"cell {cell.metadata.get('nbgrader', {}).get('grade_id')} of {where}"
        if kind_of(cell) == "solution":
            inside = str(cell.source) if cell.cell_type != "code" else _parted(cell)[1]
            yield Piece(f"the solution in {what}", telling(inside) - stubs)
        elif kind_of(cell) == "test" and _is_hidden(cell):
            yield Piece(f"the hidden check in {what}", telling(cell.source))


def _data_sets(level: Level, exercise: Exercise, cases: Path) -> Iterator[_DataSet]:
    """Truth of every draw, and the fresh draws themselves. What other exercises' data has too is no truth of this one;
    what the learner's own draw has too is no secret of the fresh ones."""
    own = {one.id: tuple(_folder(cases / one.id / "0" / "data").values()) for one in level.exercises}
    beside_data = own.pop(exercise.id)
    beside_truth = tuple(data for files in own.values() for data in files)
    for number in range(exercise.fresh + 1):
        for part, counterpart in (("truth", beside_truth), ("data", beside_data))[: 2 if number else 1]:
            for path, data in _folder(cases / exercise.id / str(number) / part).items():
                what = f"{part}/{path} of {level.id}/{exercise.id}, data set {number}"
                yield _DataSet(what, chunks(data), counterpart)


def _shown(level: Level, cases: Path) -> Iterator[bytes]:
    """What the sources mean learners to see. Their own data is as it was made, not as it was released."""
    yield released.text_of(level).encode()
    for name in ("README.md", "hints.toml"):
        path = level.folder / name
        yield path.read_bytes() if path.is_file() else b""
    yield from _folder(level.folder / "starter").values()
    for exercise in level.exercises:
        yield from _folder(cases / exercise.id / "0" / "data").values()
        if exercise.kind == "notebook":
            for cell in catalog.source_notebook(level, exercise.id).cells:
                if kind_of(cell) == "solution":
                    yield _parted(cell)[0].encode() if cell.cell_type == "code" else b""
                elif not _is_hidden(cell):
                    yield str(cell.source).encode()


def _stubs(cells: Sequence[Any]) -> frozenset[bytes]:
    """The telling lines of a notebook's solution cells that learners are given: docstrings, mostly."""
    given = [_parted(cell)[0] for cell in cells if kind_of(cell) == "solution" and cell.cell_type == "code"]
    return frozenset[bytes]().union(*map(telling, given))


def _parted(cell: Any) -> tuple[str, str]:
    """A solution cell's text outside and inside its solution regions."""
    outside: list[str] = []
    inside: list[str] = []
    within = False
    for line in str(cell.source).splitlines():
        if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            within = "BEGIN SOLUTION" in line
        else:
            (inside if within else outside).append(line)
    return "\n".join(outside), "\n".join(inside)


def _is_hidden(cell: Any) -> bool:
    return "BEGIN HIDDEN TESTS" in cell.source


def _twin(starter: dict[str, bytes], path: str) -> frozenset[bytes]:
    """The telling lines of the starter's files of that name: a solution changes some of a file and keeps the rest."""
    twins = [data for at, data in starter.items() if PurePosixPath(at).name == PurePosixPath(path).name]
    return frozenset[bytes]().union(*map(telling, twins))


def _folder(folder: Path) -> dict[str, bytes]:
    files = Tree.read(folder, skip=catalog.LEFTOVERS).files if folder.is_dir() else {}
    return {path: unpacked(path, data) for path, data in files.items()}
