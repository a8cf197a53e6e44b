import json
import os
import struct
import textwrap
import time
from pathlib import Path

import pytest

from grader.model import Limits
from grader.walls import view
from grader.walls.opening import first_that_holds

INSIDE = Path(__file__).parent / "inside"
PROBE = view.Mount(str(INSIDE), "/ladder/inside")
ENTRY = {"preload": "wall_probe:preload", "serve": "wall_probe:serve", "mounts": [PROBE], "path": [PROBE.target]}
LIMITS = Limits(memory_mb=256, total_memory_mb=384, processes=40, disk_mb=16)


class Behind:
    """A child behind real walls that executes what it is told."""

    def __init__(self, child):
        self.child = child
        self._stream = child.sock.makefile("rb")

    def tell(self, code):
        """Send code without waiting for an answer."""
        data = textwrap.dedent(code).encode()
        self.child.sock.sendall(struct.pack("<I", len(data)) + data)

    def run(self, code):
        """The value of ``answer`` after the code ran, or ``{"raised": ..., "text": ...}``; EOFError if it died."""
        self.tell(code)
        header = self._stream.read(4)
        if len(header) < 4:
            raise EOFError
        said = json.loads(self._stream.read(struct.unpack("<I", header)[0]))
        return said if "raised" in said else said["answer"]

    def end(self):
        self.child.kill()
        usage = self.child.wait(10)
        self._stream.close()
        self.child.sock.close()
        return usage


@pytest.fixture(scope="session")
def walls():
    with first_that_holds(view.worker_role(**ENTRY), view.judge_role([], **ENTRY)) as held:
        yield held


@pytest.fixture
def spawn(walls):
    """Makes workers (or judges) and ends them after the test."""
    made = []

    def make(limits=LIMITS, seconds=60.0, judge=False, preload=()):
        child = walls.spawn_judge(limits, seconds) if judge else walls.spawn_worker(limits, seconds, preload)
        made.append(Behind(child))
        return made[-1]

    yield make
    for one in made:
        one.end()


def until(holds):
    """Whether ``holds()`` becomes true within ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Marked:
    """Finds processes on this machine by a name nobody else uses."""

    def new(self):
        return f"ladder-{os.urandom(8).hex()}"

    def processes(self, name):
        return [path for path in Path("/proc").iterdir() if path.name.isdigit() and self._has(path, name)]

    def appear(self, name):
        """True as soon as a process has the name; False if none has after ten seconds."""
        return until(lambda: self.processes(name))

    def gone(self, name):
        """True as soon as no process has the name; False if one still has after ten seconds."""
        return until(lambda: not self.processes(name))

    @staticmethod
    def _has(process, name):
        try:
            return name.encode() in (process / "cmdline").read_bytes()
        except OSError:
            return False


@pytest.fixture
def marked():
    return Marked()
