"""What a level gives its learner: made from its sources in a checkout, ready made in a release."""

from __future__ import annotations

from collections.abc import Mapping

from grader.catalog import LEFTOVERS, source_notebook
from grader.catalog.notebook import notebook_path
from grader.catalog.released import is_released
from grader.errors import InputError
from grader.model import Level
from grader.seeds import Key
from grader.tree import Tree

RELEASED_LEARNER = "learner"  # whose practice data a release carries: it has no generator to make another's


def data(level: Level, key: Key, learner: str) -> Mapping[str, Tree]:
    """The learner's own data of every exercise. InputError if it is another's than the release has."""
    if is_released(level.folder):
        if (learner, key.id) != (RELEASED_LEARNER, Key.practice().id):
            raise InputError(
                f"this release has the practice data of {RELEASED_LEARNER!r} and no other: leave --learner out; "
                "a workspace with data of your own comes from your mentor"
            )
        folders = {exercise.id: level.folder / "data" / exercise.id for exercise in level.exercises}
    else:
        from grader.generated import prepare  # stays at home when learners are given this package

        cases = prepare(level, key, learner, own_only=True).folder
        folders = {exercise.id: cases / exercise.id / "0" / "data" for exercise in level.exercises}
    # pip compiles whatever is Python in what it installs
    return {exercise_id: Tree.read(folder, skip=LEFTOVERS) for exercise_id, folder in folders.items()}


def notebook(level: Level, exercise_id: str) -> bytes:
    """The notebook as learners are given it: a file's bytes."""
    if is_released(level.folder):
        return notebook_path(level.folder, exercise_id).read_bytes()
    import nbformat

    from grader.notebooks import release

    released = release(source_notebook(level, exercise_id), level.id, exercise_id)
    text: str = nbformat.writes(released)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    return f"{text}\n".encode()
