"""What several folders need: a folder of small levels, one opening of real walls over it, workers behind them."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader import catalog
from grader.bridge.session import Budget, Session
from grader.model import Limits
from grader.seeds import Key
from grader.walls import open_walls

collect_ignore = ["levels_small"]
LEVELS = Path(__file__).parent / "levels_small"


@dataclass(frozen=True)
class Small:
    """A folder of levels that judges can see too; a test may add a level of its own."""

    levels: Path
    cache: Path

    def added(self, level_id, **edits):
        """A copy of 01-small under another id; ``edits`` maps a file (`.` for `/`s is not needed) to its new text."""
        folder = self.levels / level_id
        shutil.copytree(LEVELS / "01-small", folder)
        toml = (folder / "level.toml").read_text()
        number = int(level_id.split("-")[0])
        (folder / "level.toml").write_text(
            toml.replace('"01-small"', f'"{level_id}"').replace("number = 1\n", f"number = {number}\n")
        )
        for name, text in edits.items():
            (folder / name).write_text(text)
        return catalog.find_level(level_id)


@pytest.fixture(scope="session")
def small_folder():
    root = Path(tempfile.mkdtemp(prefix="ladder-tests-"))
    root.chmod(0o755)  # judges are another user
    shutil.copytree(LEVELS, root / "levels")
    yield Small(root / "levels", root / "cache")
    shutil.rmtree(root)


@pytest.fixture
def small(small_folder, monkeypatch):
    """The folder of small levels, as the one the catalog looks at."""
    monkeypatch.setenv(catalog.LEVELS_VARIABLE, str(small_folder.levels))
    monkeypatch.setenv("LADDER_CACHE", str(small_folder.cache))
    return small_folder


@pytest.fixture
def open_to_all():
    """A folder that every user of this machine gets to; ``tmp_path`` is its owner's alone."""
    with tempfile.TemporaryDirectory(prefix="ladder-tests-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@contextlib.contextmanager
def _nobody():
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def as_nobody():
    """To be somebody whom modes keep out for a while; root gets in anywhere."""
    return _nobody if os.geteuid() == 0 else contextlib.nullcontext


@pytest.fixture(scope="session")
def real_walls(small_folder):
    """Real walls, opened once; their judges see the small levels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(catalog.LEVELS_VARIABLE, str(small_folder.levels))
        patch.setenv("LADDER_CACHE", str(small_folder.cache))
        walls = open_walls()
    with walls:
        yield walls


class WalledWorkers:
    """Workers for a judge that runs in the test's own process."""

    def __init__(self, walls, limits):
        self._walls = walls
        self._limits = limits
        self._children = {}
        self.started = 0

    def new(self):
        child = self._walls.spawn_worker(self._limits, 120.0)
        self._children[child.sock] = child
        self.started += 1
        return child.sock

    def queued(self, sock):
        return self._children[sock].queued()

    def drop(self, sock):
        sock.close()
        child = self._children.pop(sock, None)
        if child is not None:
            child.kill()
            child.wait(10)

    def close(self):
        for sock in list(self._children):
            self.drop(sock)


@pytest.fixture
def workers(real_walls):
    """Workers behind real walls, ended with the test."""
    made = WalledWorkers(real_walls, Limits())
    yield made
    made.close()


@pytest.fixture
def session(workers):
    """A session with a fresh worker that has a notebook open."""
    held = Session(workers.new(), Limits(check_seconds=10, cell_seconds=10), Budget(60))
    held.enter("notebooks", notebook=True)
    yield held
    held.close()


@pytest.fixture
def crowd():
    """A core that so many busy processes want, for as long as the test runs: its number."""
    core = max(os.sched_getaffinity(0))
    over = time.monotonic() + 60
    busy = f"import os, time; os.sched_setaffinity(0, {{{core}}}); print(flush=True)\n"
    busy += f"while time.monotonic() < {over}: pass"
    with contextlib.ExitStack() as started:

        def gather(number):
            argv = [sys.executable, "-c", busy]
            for _ in range(number):
                # Each in a session of its own: kernels that share a core out by session count them one by one.
                one = subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True)
                started.enter_context(one)
                started.callback(one.kill)
                one.stdout.readline()  # it is there
            return core

        yield gather


@pytest.fixture
def practice():
    return Key.practice()
