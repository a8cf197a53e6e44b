"""Generated data and truth: a learner's data sets, made by a level's generator in a process of its own.

They are cached at ``CACHE/cases/DIGEST/EXERCISE/N/{data,truth}``. DIGEST covers the generator's code, what it
runs on, the data files and the learner's seed, so a data set that is there is never made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grader import catalog, datasets
from grader.errors import GraderFault
from grader.model import Exercise, Level
from grader.seeds import Key
from grader.tree import Tree

CACHE_VARIABLE = "LADDER_CACHE"
SECONDS = 120.0  # for one data set
PRACTICE_LEARNER = "practice"
_DRIVER = Path(__file__).resolve().parent / "generator_driver.py"
_DIGEST_FILE = "digest"
_PLACE = re.compile(r'^\s*File "(.+)", line ([0-9]+)')  # a line of a traceback
# Another version of these may write other bytes for the same seed.
_RUNS_ON = ("numpy", "pandas", "pyarrow", "scikit-learn", "mlflow")
# What a generator may need from its surroundings to start at all; nothing else of our environment reaches it.
_PASSED_ON = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


@dataclass(frozen=True)
class Cases:
    """A learner's data sets of a level: ``folder/EXERCISE/N/{data,truth}``.

    ``digest`` is ``sha256:…`` over the bytes of the data and truth of the exercises that were asked for.
    """

    folder: Path
    digest: str


@dataclass(frozen=True)
class _Want:
    """One data set that somebody needs."""

    exercise: str
    seed: str
    target: Path


def prepare(
    level: Level, key: Key, learner: str, exercises: Sequence[str] | None = None, *, own_only: bool = False
) -> Cases:
    """All data sets of the learner (of some exercises, or of all), made where they are not in the cache.

    ``own_only`` leaves out the fresh draws, which only a judge needs. GraderFault if a generator fails, with its last
    line.
    """
    # Once: whoever edits the generator meanwhile must not send the judge to a folder that nobody filled.
    folder = _folder(level, key, learner)
    wants = _wants(level, key, learner, folder, exercises, own_only)
    _make_missing(level, wants, jobs=1)
    hasher = hashlib.sha256()
    for want in wants:
        digest = (want.target / _DIGEST_FILE).read_text(encoding="ascii")
        hasher.update(f"{want.exercise}\0{want.target.name}\0{digest}\0".encode())
    return Cases(folder, "sha256:" + hasher.hexdigest())


def prepare_all(
    level: Level, key: Key, learners: Sequence[str], jobs: int, exercises: Sequence[str] | None = None
) -> None:
    """Make the data sets of many learners in ``jobs`` processes: Python is started that often, not once a learner."""
    wants = [want for one in learners for want in _wants(level, key, one, _folder(level, key, one), exercises)]
    _make_missing(level, wants, jobs)


def unseeded(level: Level, key: Key, learner: str, other: str) -> Iterator[str]:
    """A line for each exercise whose data is not the seed's: other bytes from the same seed, or the same from another.

    What the cache has of both learners is held against the first learner's data made once more.
    """
    for name in (learner, other):
        prepare(level, key, name, own_only=True)
    with tempfile.TemporaryDirectory(prefix="ladder-seeds-") as scratch:
        places = (_folder(level, key, learner), Path(scratch), _folder(level, key, other))
        names = (learner, learner, other)
        made = [_wants(level, key, name, place, own_only=True) for name, place in zip(names, places, strict=True)]
        _make(level, made[1])
        for first, again, different in zip(*made, strict=True):
            digests = [(one.target / _DIGEST_FILE).read_text(encoding="ascii") for one in (first, again, different)]
            if digests[0] != digests[1]:
                yield f"{first.exercise}: the generator made other bytes from the same seed"
            elif digests[0] == digests[2]:
                yield f"{first.exercise}: the generator made the same bytes from two seeds"


def _wants(
    level: Level,
    key: Key,
    learner: str,
    folder: Path,
    exercises: Sequence[str] | None = None,
    own_only: bool = False,
) -> list[_Want]:
    chosen = level.exercises if exercises is None else tuple(level.exercise(one) for one in exercises)
    return [
        _Want(exercise.id, key.seed(level.id, exercise.id, learner, n), folder / exercise.id / str(n))
        for exercise in chosen
        for n in (range(1) if own_only else _draws(exercise))
    ]


def _make_missing(level: Level, wants: Sequence[_Want], jobs: int) -> None:
    missing = [want for want in wants if not want.target.is_dir()]
    shares = [share for share in (missing[start::jobs] for start in range(jobs)) if share]
    with ThreadPoolExecutor(max_workers=max(1, len(shares))) as pool:
        for made in [pool.submit(_make, level, share) for share in shares]:
            made.result()


def _folder(level: Level, key: Key, learner: str) -> Path:
    return cache_folder() / "cases" / recipe_digest(level, key, learner)


def practice_case(exercise_id: str, n: int) -> Path:
    """The folder of data set ``n`` under the practice key, for stock nbgrader, where nobody prepared it.

    LookupError if no level, or more than one, has the exercise, or if it has no data set ``n``.
    """
    levels = [level for level in catalog.all_levels() if any(one.id == exercise_id for one in level.exercises)]
    if len(levels) != 1:
        raise LookupError(f"{len(levels)} levels have an exercise {exercise_id}")
    if n not in _draws(levels[0].exercise(exercise_id)):
        raise LookupError(f"{exercise_id} has no data set {n}: raise `fresh` in level.toml")
    return prepare(levels[0], Key.practice(), PRACTICE_LEARNER, (exercise_id,)).folder / exercise_id / str(n)


def _draws(exercise: Exercise) -> range:
    return range(exercise.fresh + 1)


def cache_folder() -> Path:
    """``$LADDER_CACHE``, or ``~/.cache/ladder``; it may not be there yet."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).resolve() if named else Path.home() / ".cache" / "ladder"


def recipe_digest(level: Level, key: Key, learner: str) -> str:
    """64 hex digits that are known before anything is made: the learner's data sets are the same where this is.

    It names the learner's folder. No exercise is called "", so the seed in it is nobody's data.
    """
    hasher = hashlib.sha256()
    for path in sorted(level.folder.glob("*.py")):  # generate.py and the modules it imports from beside it
        code = path.read_bytes()
        hasher.update(f"{path.name}\0{len(code)}\0".encode() + code)
    hasher.update(f"\0{_runs_on()}".encode())
    hasher.update(f"\0{level.id}\0{datasets.digest()}\0{key.seed(level.id, '', learner, 0)}".encode())
    return hasher.hexdigest()


@cache
def _runs_on() -> list[str]:
    """Python and the packages; a process has what it began with."""
    return [platform.python_version(), *(f"{name} {version(name)}" for name in _RUNS_ON)]


def _make(level: Level, wanted: Sequence[_Want]) -> None:
    """Make data sets in one process and put each in its place, whole or not at all."""
    generator = level.folder / "generate.py"
    if not generator.is_file():
        raise GraderFault(f"{level.id}: has no generate.py")
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    # In the cache, so that the rename at the end stays on one file system.
    with tempfile.TemporaryDirectory(prefix=".making-", dir=cache) as scratch:
        made = [(want, Path(scratch) / str(place)) for place, want in enumerate(wanted)]
        orders = [[want.exercise, want.seed, str(out), str(datasets.folder())] for want, out in made]
        _run(level, generator, orders, Path(scratch))
        for want, out in made:
            _finish(f"{level.id}/{want.exercise}", out)
            _place(out, want.target)


def _run(level: Level, generator: Path, orders: list[list[str]], scratch: Path) -> None:
    # The orders go through stdin: a command line, and with it the seeds, is there for every user to read.
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # One thread each: jobs, not libraries, decide how many cores are used; and sums stay in one order.
    environment |= {"HOME": str(scratch), "LC_ALL": "C.UTF-8", "TZ": "UTC", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", str(_DRIVER), str(generator)],
            input=json.dumps(orders).encode(),
            capture_output=True,
            timeout=SECONDS * len(orders),
            cwd=scratch,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise GraderFault(f"{level.id}/generate.py: not done after {SECONDS * len(orders):g} seconds") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = said or done.stdout.decode("utf-8", "replace").strip().splitlines()
        last = said[-1] if said else "it said nothing"
        places = [(Path(place[1]), place[2]) for line in said if (place := _PLACE.search(line))]
        ours = [f"{file.name}, line {line}" for file, line in places if file.parent == generator.parent]
        where = ours[-1] if ours else generator.name
        raise GraderFault(f"{level.id}/{where}: ended with {done.returncode}: {last}")


def _finish(where: str, out: Path) -> None:
    """Refuse an incomplete data set; write its digest; let the judge, who is another user, read it."""
    found = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if found != ["data", "truth"]:
        raise GraderFault(f"{where}: the generator must write data and truth; it wrote {', '.join(found) or 'nothing'}")
    content = Tree.read(out)
    for part in found:
        if not content.under(part).files:
            raise GraderFault(f"{where}: the generator wrote nothing into {part}")
    (out / _DIGEST_FILE).write_text(content.digest, encoding="ascii")
    for path in (out, *out.rglob("*")):
        path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)  # folders and scripts; files


def _place(out: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for parent in target.parents[:4]:  # EXERCISE, DIGEST, cases, the cache itself
        with contextlib.suppress(PermissionError):
            parent.chmod(0o755)
    try:
        out.rename(target)
    except OSError:
        # Somebody else made the same data set meanwhile; it has the same bytes.
        if not target.is_dir():
            raise
        shutil.rmtree(out)
