"""What the gate can see without running anything: enough variants, checks per skill, hints, messages."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader import catalog, notebooks, syntax
from grader.content.variant import is_reference, read_variants
from grader.errors import InputError
from grader.model import Level

_CHECKS_PER_SKILL = 3
_RIGHT_PER_EXERCISE = 2


def problems(level: Level) -> Iterator[str]:
    """A line for everything a level lacks on paper."""
    yield from _skills(level)
    yield from _variants(level)
    yield from _hints(level)
    yield from _messages(level)


def _skills(level: Level) -> Iterator[str]:
    for skill in level.skills:
        count = sum(check.hidden and check.skill == skill.id for check in level.checks)
        if count < _CHECKS_PER_SKILL:
            yield f"skill {skill.id!r} has {count} hidden checks; {_CHECKS_PER_SKILL} are the least"


def _variants(level: Level) -> Iterator[str]:
    variants = read_variants(level)
    for exercise in level.exercises:
        own = [variant for variant in variants if variant.exercise == exercise.id]
        for part in exercise.parts or (None,):
            where = exercise.id if part is None else f"{exercise.id}, part {part}"
            if sum(variant.right and variant.part in (None, part) for variant in own) < _RIGHT_PER_EXERCISE:
                yield f"{where} has fewer than {_RIGHT_PER_EXERCISE} right variants"
        for variant in own:
            if variant.right and exercise.kind == "notebook" and is_reference(level, variant):
                yield f"{variant.name} is the reference itself: another way is asked for"
        caught = frozenset().union(*(variant.failed for variant in own))
        for check in exercise.checks:
            if check.hidden and check.name not in caught:
                yield f"{check.id} has no wrong variant that fails it"


def _hints(level: Level) -> Iterator[str]:
    try:
        hints = catalog.hints(level)
    except InputError as fault:
        yield str(fault)
        return
    for check in level.checks:
        hint = hints.get(f"{check.exercise}/{check.name}")
        if check.hidden and (hint is None or len(hint.hints) < 2 or not all(text.strip() for text in hint.hints)):
            yield f"{check.id} has no two hints in hints.toml"


def _messages(level: Level) -> Iterator[str]:
    """Every assert of a hidden check carries a message for the learner."""
    for exercise in level.exercises:
        if exercise.kind == "notebook":
            hidden = {check.name for check in exercise.checks if check.hidden}
            for cell in notebooks.test_cells(catalog.source_notebook(level, exercise.id)):
                grade_id = cell.metadata["nbgrader"]["grade_id"]
                if grade_id in hidden:
                    yield from _bare(syntax.parse(cell.source), f"{exercise.id}/{grade_id}")
    for file in sorted((level.folder / "checks").glob("test_*.py")):
        yield from _bare(syntax.parse(file.read_text(encoding="utf-8")), file.name)


def _bare(tree: ast.AST, where: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            if node.msg is None:
                yield f"{where}, line {node.lineno}: an assert without a message for the learner"
            elif lacking := _lacking(node.msg):
                yield f"{where}, line {node.lineno}: the message for the learner has no line {lacking}"


def _lacking(message: ast.expr) -> str:
    """Which of its three lines a message lacks that is written out where it stands; one made elsewhere lacks none."""
    if isinstance(message, ast.Constant):
        text = str(message.value)
    elif isinstance(message, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in message.values)
    else:
        return ""
    if text.startswith("…"):  # its beginning, or all of it, is made elsewhere
        return ""
    heads = [line.partition(" ")[0] for line in text.split("\n")]
    return ", ".join(f"`{head}`" for head in ("Tried:", "Came:", "Look:") if head not in heads)
