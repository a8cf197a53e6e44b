"""Opens the strongest walls this machine can raise, found out by raising them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from grader import catalog, generated
from grader.errors import GraderFault, InputError, NoWalls
from grader.model import Limits
from grader.tools import n8n, tools_folder
from grader.walls import view
from grader.walls.child import Child, Walls
from grader.walls.container import Containers
from grader.walls.outer import Namespaces

_PROBE_SECONDS = 30.0


def open_walls() -> Walls:
    """Walls for official grading: namespaces, else containers.

    NoWalls, with one line that says what was tried and why it failed, if this machine can raise neither.
    """
    return first_that_holds(view.worker_role(mounts=tool_mounts()), judge_role())


@contextmanager
def opening() -> Iterator[Callable[[], Walls]]:
    """Walls that open while something else is done: the result waits for them, or raises NoWalls."""
    with ThreadPoolExecutor(1) as aside:
        opened = aside.submit(open_walls)
        try:
            yield opened.result
        finally:
            if opened.exception() is None:
                opened.result().close()


def first_that_holds(worker: view.Role, judge: view.Role) -> Walls:
    """As ``open_walls``, for other roles: what a test or a level of another kind runs inside."""
    said = []
    kinds: tuple[tuple[str, Callable[[], Walls]], ...] = (
        ("namespaces", lambda: Namespaces(worker, judge)),
        ("containers", lambda: Containers(worker, judge)),
    )
    for name, raise_walls in kinds:
        try:
            return probed(raise_walls())
        except GraderFault as fault:
            said.append(f"{name} failed ({fault})")
    raise NoWalls(f"learner code cannot be confined here: {', '.join(said)}; `ladder doctor` says what to do")


def probed(walls: Walls) -> Walls:
    """The same walls once a worker has really stood behind them; else GraderFault and they are closed."""
    try:
        throw_away(walls.spawn_worker)
    except BaseException:
        walls.close()
        raise
    return walls


def throw_away(spawn: Callable[[Limits, float], Child]) -> None:
    """Spawn one child and end it; GraderFault if it never stands behind its walls."""
    child = spawn(Limits(), _PROBE_SECONDS)
    child.kill()
    child.wait(_PROBE_SECONDS)
    child.sock.close()


def tool_mounts() -> list[view.Mount]:
    """The tools of this machine (`ladder tools install`) that workers see, read-only; none where none is installed."""
    folder = tools_folder() / "n8n"
    there = all(path.is_file() for path in (n8n.node(folder), n8n.script(folder), n8n.database(n8n.empty(folder))))
    return [view.Mount(str(folder), f"{view.NEUTRAL}/tools/n8n")] if there else []


def judge_role() -> view.Role:
    """Judges see the levels and the prepared cases, where main sees them."""
    readable = []
    environment = []
    try:
        levels = catalog.levels_folder()
        readable.append(levels)
        environment.append((catalog.LEVELS_VARIABLE, str(levels)))
    except InputError:
        pass  # an installation without levels grades nbgrader courses only
    cases = cases_folder()
    cases.mkdir(parents=True, exist_ok=True)
    cases.chmod(0o755)  # judges are another user
    return view.judge_role([*readable, cases], environment=[*environment, (generated.CACHE_VARIABLE, str(cases))])


def cases_folder() -> Path:
    """Where ``generated`` keeps prepared cases."""
    named = os.environ.get(generated.CACHE_VARIABLE)
    return Path(named).resolve() if named else Path.home() / ".cache" / "ladder"
