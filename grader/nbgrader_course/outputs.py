"""Puts what was judged into an autograded notebook, for formgrader, feedback pages and people."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from nbgrader.utils import is_grade, is_solution

from grader.model import CheckResult, Outcome
from grader.nbgrader_course.executor import Judged


def fill(notebook: Any, judged: Judged) -> None:
    """Give every code cell its outputs: those of the worker, or below a test cell what came of it."""
    count = 0
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        count += 1
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        result = judged.results.get(grade_id) if is_grade(cell) and not is_solution(cell) else None
        outputs = judged.shown.get(place, []) if result is None else below(result)
        cell.execution_count = count
        cell.outputs = [nbformat.from_dict(_whole(one)) for one in outputs]  # type: ignore[no-untyped-call]
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def below(result: CheckResult) -> list[dict[str, Any]]:
    """What stands below a test cell in the place of its outputs (nbformat); nothing where it passed."""
    if result.outcome is Outcome.PASSED:
        return []
    if result.outcome is Outcome.ERROR:
        return [_text(f"Not judged, to be marked by a person. {result.message}")]
    if result.points:
        worth = {"output_type": "execute_result", "data": {"text/plain": f"{result.points:g}"}, "metadata": {}}
        return [_text(result.message), {**worth, "execution_count": None}]
    lines = result.message.splitlines()
    return [{"output_type": "error", "ename": "Failed", "evalue": result.message, "traceback": lines}]


def _whole(output: dict[str, Any]) -> Any:
    """An output as it can be written: half a character, which a worker may say anywhere in it, cannot be."""
    return json.loads(json.dumps(output, ensure_ascii=False).encode("utf-8", "replace"))


def _text(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}
