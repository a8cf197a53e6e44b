"""Cells of an instructor's nbgrader notebook, as small as they come."""

import json


def text(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def free(source):
    return _code(source, {})


def locked(name, source):
    return _code(source, _marks(name, locked=True))


def solution(name, source, stub=""):
    """``stub`` stands outside of the solution's markers, so learners see it."""
    return _code(f"{stub}### BEGIN SOLUTION\n{source}\n### END SOLUTION", _marks(name, solution=True))


def test(name, source, points=1):
    return _code(source, _marks(name, grade=True, locked=True, points=points))


test.__test__ = False


def essay(name, source, points=3):
    return {"cell_type": "markdown", "metadata": _marks(name, grade=True, solution=True, points=points),
            "source": source}  # fmt: skip


def program(name, source, points=2):
    """Code that people mark."""
    return _code(source, _marks(name, grade=True, solution=True, points=points))


def task(name, source, points=4):
    return {"cell_type": "markdown", "metadata": _marks(name, locked=True, task=True, points=points), "source": source}


def notebook(*cells):
    made = [{**cell, "id": f"c{place}"} for place, cell in enumerate(cells)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


def answered(release, answers):
    """What a learner hands in: the release with other text in cells named by grade_id."""
    made = json.loads(json.dumps(release))
    for cell in made["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    return made


def _code(source, metadata):
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def _marks(name, *, grade=False, solution=False, locked=False, task=False, points=None):
    marks = {"grade_id": name, "grade": grade, "solution": solution, "locked": locked, "task": task}
    worth = {} if points is None else {"points": points}
    return {"nbgrader": {**marks, **worth, "schema_version": 3}}
