"""The checks of starter repos, read from ``checks/test_*.py`` without importing them."""

from __future__ import annotations

import ast
from pathlib import Path

from grader import syntax
from grader.catalog.draft import Draft
from grader.errors import InputError
from grader.table import SLUG, Table

PREFIX = "test_"


def drafts(folder: Path, repo_ids: tuple[str, ...]) -> dict[str, tuple[Draft, ...]]:
    """The checks of every repo exercise, by exercise, in the order of files and functions.

    InputError at the first fault: a repo without a starter, a test that is no check, a value not literal.
    """
    for repo_id in repo_ids:
        if not (folder / "starter" / repo_id).is_dir():
            raise InputError(
                f"{folder.name}/starter/{repo_id}: there is no such folder, but level.toml has the exercise"
            )
    found: dict[str, list[Draft]] = {repo_id: [] for repo_id in repo_ids}
    for path in sorted((folder / "checks").glob(f"{PREFIX}*.py")):
        where = f"{folder.name}/checks/{path.name}"
        for function in _tests(path, where):
            exercise_id, draft = _draft(function, f"{where}, {function.name}", repo_ids)
            found[exercise_id].append(draft)
    return {repo_id: tuple(checks) for repo_id, checks in found.items()}


def check_name(function: str) -> str:
    """The check's name from its function's: ``test_runs_twice`` is ``runs-twice``."""
    return function.removeprefix(PREFIX).replace("_", "-")


def _tests(path: Path, where: str) -> list[ast.FunctionDef]:
    try:
        module = syntax.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError) as fault:
        raise InputError(f"{where}: is not Python: {fault}") from None
    tests = []
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and statement.name.startswith("Test"):
            raise InputError(f"{where}, {statement.name}: checks are plain functions, not methods")
        if isinstance(statement, ast.AsyncFunctionDef) and statement.name.startswith(PREFIX):
            raise InputError(f"{where}, {statement.name}: checks are plain functions, not async")
        if isinstance(statement, ast.FunctionDef) and statement.name.startswith(PREFIX):
            tests.append(statement)
    return tests


def _draft(function: ast.FunctionDef, where: str, repo_ids: tuple[str, ...]) -> tuple[str, Draft]:
    table = Table(_mark(function, where), where)
    exercise_id = table.text("exercise") if "exercise" in table or len(repo_ids) != 1 else repo_ids[0]
    if exercise_id not in repo_ids:
        raise table.fault(f"exercise {exercise_id!r} is no starter repo of level.toml")
    name = check_name(function.name)
    if not SLUG.fullmatch(name):
        raise table.fault("a check's name must be lower-case words with single underscores")
    title = (ast.get_docstring(function) or "").strip().partition("\n")[0].strip().removesuffix(".")
    if not title:
        raise table.fault("needs a docstring: its first line is the title the learner sees")
    required = table.texts("requires", ())
    for needed in required:
        if not needed.startswith(PREFIX):
            raise table.fault(f"requires {needed!r}: name the function, test_…")
    draft = Draft(
        where=where,
        name=name,
        title=title,
        skill=table.text("skill"),
        points=table.number("points"),
        hidden=True,
        requires=tuple(check_name(needed) for needed in required),
        part=table.text("part") if "part" in table else None,
    )
    table.close()
    if not draft.points:
        raise draft.fault("a hidden check needs points")
    return exercise_id, draft


def _mark(function: ast.FunctionDef, where: str) -> dict[str, object]:
    """The keywords of the function's one ``@pytest.mark.check(…)``."""
    marks = []
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = ast.unparse(called)
        if name.endswith("mark.parametrize"):
            raise InputError(f"{where}: one function is one check, so it cannot be parametrized")
        if name.endswith("mark.check"):
            marks.append(decorator)
    if len(marks) != 1 or not isinstance(marks[0], ast.Call):
        raise InputError(f"{where}: needs one @pytest.mark.check(points=…, skill=…)")
    if marks[0].args:
        raise InputError(f"{where}: @pytest.mark.check takes keywords only")
    values: dict[str, object] = {}
    for keyword in marks[0].keywords:
        if keyword.arg is None:
            raise InputError(f"{where}: @pytest.mark.check takes keywords written out, not **")
        try:
            values[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError:
            raise InputError(f"{where}: {keyword.arg} must be a literal value") from None
    return values
