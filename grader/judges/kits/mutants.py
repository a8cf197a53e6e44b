"""Runs a learner's tests beside stand-ins for the module they test: right ones, on which they pass, and mutants.

    suite = Suite(submission, "tests/test_prepare.py", "delay_service/prepare.py", absent=("data/*",))
    suite.beside(text).passes, suite.beside(stand_in(source, frozenset({"rounded"}), {"minute": 40}, draw)).notices

A mutant's source says where a fault is by ``if on("rounded")`` and what is drawn by ``drawn("minute")``; the same
source without a fault is a right stand-in. ``if either()`` begins what is right with it and without it. ``stand_in``
writes the source down with other names, in another order, with every fault beside what is right and each condition as
likely true as false, so that neither what is there nor how much of it would run tells anybody which it is. Each run has
a worker of its own, so that no run knows of another. What a run says is the learner's word; it is no use to forge,
since who says it knows no more than the tests do. Who has the source itself can still tell the texts apart: it is not
released.
"""

from __future__ import annotations

import ast
import builtins
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as xml

from grader.bridge.faults import LearnerFault, OutOfTime, Starved
from grader.bridge.session import NO_TIME_LEFT

SECONDS = 30.0  # for one run
_LARGEST = 1 << 20  # bytes of a report


@dataclass(frozen=True)
class Ran:
    """What pytest came to: its exit code (None: it did not end), how many tests passed, which did not, and an error."""

    code: int | None
    passed: int = 0
    failed: tuple[str, ...] = ()
    said: str = ""
    seconds: float = 0.0

    @property
    def passes(self) -> bool:
        """Some tests ran, and all of them passed."""
        return self.code == 0 and self.passed > 0 and not self.failed

    @property
    def notices(self) -> bool:
        """Something was wrong for the tests. Somebody who waits for a run that does not end notices, too."""
        return self.code != 0

    def __str__(self) -> str:
        """To follow "Came: "; with no word that only a stand-in's text could have put there."""
        if self.code is None:
            return f"the run {self.said}"
        if self.failed:
            more = f" and {len(self.failed) - 1} more" if len(self.failed) > 1 else ""
            return f"{self.failed[0]}{more} did not pass"
        if self.code == 0:
            return "no test passed"
        return f"pytest ended with exit code {self.code}"


class Suite:
    """The tests in one file of a submission, to be run beside stand-ins for the module ``target``.

    ``absent`` are patterns of files that are not there while they run.
    """

    def __init__(self, submission: Any, tests: str, target: str, absent: Sequence[str] = ()) -> None:
        self._submission = submission
        self._tests = tests
        self._target = target
        self._absent = absent

    @property
    def text(self) -> str | None:
        """The tests as they were handed in; None: there is no such file."""
        data = self._submission.submitted.get(self._tests)
        return None if data is None else data.decode("utf-8", "replace")

    def beside(self, text: str, seconds: float = SECONDS, *, first: bool = False) -> Ran:
        """Run the tests once, the same way whatever ``text`` is, where nothing of another run is to be found.

        ``first``: up to the first that does not pass, where no more is asked for.
        """
        alone = self._submission.again()
        try:
            return self._run(alone, text, seconds, ["-x"] if first else [])
        except LearnerFault as fault:
            # A busy machine is no verdict on anybody's tests: neither a mutant caught nor a right module failed.
            if isinstance(fault, Starved) or (isinstance(fault, OutOfTime) and str(fault) == NO_TIME_LEFT):
                raise
            return Ran(None, said=str(fault))
        finally:
            alone.close()

    def _run(self, alone: Any, text: str, seconds: float, options: Sequence[str]) -> Ran:
        for pattern in self._absent:
            for path in alone.files.list(pattern):
                alone.files.remove(path)
        alone.files.write(self._target, text.encode())
        report = f"/tmp/report-{secrets.token_hex(6)}.xml"  # noqa: S108 - the worker's own
        # Plugins that happen to be installed beside us take a second to import, of each run.
        done = alone.run(
            ["python", "-m", "pytest", "-q", "--tb=short", *options, f"--junitxml={report}", self._tests],
            env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            seconds=seconds,
        )
        try:
            passed, failed = self._read(alone.files.read(report))
        except (OSError, TypeError):
            passed, failed = 0, ()
        said = [line[2:].strip() for line in done.stdout.decode("utf-8", "replace").splitlines() if line[:2] == "E "]
        return Ran(done.returncode, passed, failed, said[0][:200] if said else "", done.cpu_seconds)

    def _read(self, data: bytes) -> tuple[int, tuple[str, ...]]:
        """How many passed, and the names of those that did not, as far as the submitted text bears them out."""
        if len(data) > _LARGEST or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            return 0, ()
        try:
            cases = list(xml.fromstring(data).iter("testcase"))  # noqa: S314 - without entities
        except xml.ParseError:
            return 0, ()
        text = self.text or ""
        failed = []
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                name = case.get("name", "").partition("[")[0]
                failed.append(name if name.isidentifier() and f"def {name}(" in text else "a test")
        skipped = sum(case.find("skipped") is not None for case in cases)
        return len(cases) - len(failed) - skipped, tuple(failed)


def told(attempt: int, through: Sequence[tuple[str, str]], total: int) -> str:
    """Which of ``total`` mutants got ``through``, to follow "Came: ": each time a learner hands in, a little more.

    Each mutant is its kind, and what it does. The first time nothing but that there is one is said, then how many, then
    their kinds, then what they do.
    """
    if attempt <= 1:
        return "faults got through"
    counted = f"{len(through)} of {total} got through"
    if attempt == 2:
        return counted
    if attempt == 3:
        return f"{counted}: " + ", ".join(kind for kind, _ in through)
    return f"{counted}: " + "; ".join(f"one {what}" for _, what in through)


# -- the text of a stand-in


def stand_in(source: str, faults: frozenset[str], drawn: Mapping[str, Any], draw: random.Random) -> str:
    """``source`` with ``faults``, written as nobody has seen it before; ValueError for a fault it does not know."""
    tree = ast.parse(source)
    switches = _Switches(faults, drawn, draw)
    tree = switches.visit(tree)
    if unknown := faults - switches.known:
        raise ValueError(f"the source knows no {sorted(unknown)[0]!r}")
    tree = _Names(_own_names(tree), draw).visit(tree)
    if ast.get_docstring(tree) is not None:
        del tree.body[0]
    tree.body = _shuffled(tree.body, draw)
    lines = ast.unparse(ast.fix_missing_locations(tree)).splitlines()
    for _ in range(draw.randrange(3, 9)):
        place = draw.randrange(len(lines))
        indent = len(lines[place]) - len(lines[place].lstrip())
        lines.insert(place, " " * indent + "# " + " ".join(_word(draw) for _ in range(draw.randrange(1, 7))))
    return "\n".join(lines) + "\n"


class _Switches(ast.NodeTransformer):
    """Puts comparisons of numbers for ``on(…)`` and ``either()``, values for ``drawn(…)``; swaps branches by chance.

    Whether a comparison holds is a coin's doing, and the branches are put accordingly: how many hold says nothing.
    """

    def __init__(self, faults: frozenset[str], drawn: Mapping[str, Any], draw: random.Random) -> None:
        self._faults = faults
        self._drawn = drawn
        self._draw = draw
        self.known: set[str] = set()

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("on", "drawn"):
            name = ast.literal_eval(node.args[0])
            if node.func.id == "drawn":
                return ast.parse(repr(self._drawn[name]), mode="eval").body
            raise ValueError(f"on({name!r}) is to be all of a condition, so that its branches can be swapped")
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        swapped = self._condition(node)
        self.generic_visit(node)
        if swapped:
            node.body, node.orelse = node.orelse or [ast.Pass()], node.body
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        swapped = self._condition(node)
        self.generic_visit(node)
        if swapped:
            node.body, node.orelse = node.orelse, node.body
        return node

    def _condition(self, node: ast.If | ast.IfExp) -> bool:
        """Write the condition down; whether it now holds where it did not, so that the branches are to be swapped."""
        swapped = self._draw.random() < 0.5
        holds = self._decided(node.test)
        if holds is not None:
            node.test = self._comparison(holds is not swapped)
        elif swapped:
            node.test = ast.UnaryOp(ast.Not(), node.test)
        return swapped

    def _decided(self, test: ast.expr) -> bool | None:
        """Whether a switch is on; None: it is no switch."""
        if not (isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id in ("on", "either")):
            return None
        if test.func.id == "either":
            return self._draw.random() < 0.5
        name = ast.literal_eval(test.args[0])
        self.known.add(name)
        return name in self._faults

    def _comparison(self, holds: bool) -> ast.expr:
        """An expression of numbers that holds or does not, in one of several forms."""
        forms: Sequence[Callable[[int, int, int], str]] = (
            lambda a, b, c: f"{a} * {b} % 997 < {c}",
            lambda a, b, c: f"({a} ^ {b}) > {c}",
            lambda a, b, c: f"({a} + {b}) % 613 > {c} % 613",
            lambda a, b, c: f"{a} - {b} < {c} - 500",
        )
        while True:
            text = self._draw.choice(forms)(*(self._draw.randrange(1, 1000) for _ in range(3)))
            node = ast.parse(text, mode="eval")
            if eval(compile(node, "comparison", "eval"), {}) is holds:  # noqa: S307 - three numbers of our own
                return node.body


def _own_names(tree: ast.Module) -> set[str]:
    """Names that nobody outside sees: what functions bind, parameters of private ones, and private ones themselves."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    private = [one for one in functions if one.name.startswith("_")]
    names = {one.name for one in private} | {arg.arg for one in private for arg in one.args.args}
    names |= {name for one in functions for statement in one.body for name in _bound_by(statement)}
    outside = {arg.arg for one in functions if one not in private for arg in one.args.args}
    return names - outside - {name for node in tree.body if node not in functions for name in _bound_by(node)}


def _bound_by(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(one.asname or one.name).partition(".")[0] for one in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


class _Names(ast.NodeTransformer):
    """Gives other names."""

    def __init__(self, names: set[str], draw: random.Random) -> None:
        new: set[str] = set()
        while len(new) < len(names):
            new |= {_word(draw)} - names - set(dir(builtins))
        fresh = sorted(new)
        draw.shuffle(fresh)
        self._new = dict(zip(sorted(names), fresh, strict=True))

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._new.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._new.get(node.arg, node.arg)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._new.get(node.name, node.name)
        self.generic_visit(node)
        return node


def _shuffled(body: list[ast.stmt], draw: random.Random) -> list[ast.stmt]:
    """Functions in another order, in the places where functions are."""
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    draw.shuffle(functions)
    return [functions.pop() if isinstance(node, ast.FunctionDef) else node for node in body]


def _word(draw: random.Random) -> str:
    """Something that can be read aloud and means nothing; never a keyword, of which none has this form."""
    return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(draw.randrange(3, 5)))
