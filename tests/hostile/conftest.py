"""One opening of real walls for all attacks, with canaries outside them that no attack may reach."""

import os
import shutil
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.append(str(HERE))  # corpus.py lies beside this file; tests are no package

import corpus  # noqa: E402

from grader import catalog, generated, scoring  # noqa: E402
from grader.errors import InputError  # noqa: E402
from grader.grading import Grader  # noqa: E402
from grader.model import Scorecard  # noqa: E402
from grader.seeds import Key  # noqa: E402
from grader.tree import Tree  # noqa: E402
from grader.walls import open_walls  # noqa: E402

collect_ignore = ["attacks", "level"]
SECRET = "the canary's secret is 7741"
NEIGHBOUR = "neighbour"  # another learner, graded on the same machine
EVERY = 12  # attacks between two honest submissions
_ELSEWHERE = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")  # where an attack that got out could leave a file


@dataclass
class World:
    """The machine around the walls: what lies there, who listens there, and whether it is still as it was."""

    root: Path
    listeners: list = field(default_factory=list)
    before: dict = field(default_factory=dict)

    @property
    def words(self):
        """What attacks are told, so that none fails for want of knowledge."""
        return {
            "CANARY": str(self.root / "outside" / "canary.txt"),
            "OUTSIDE": str(self.root / "outside"),
            "LEVEL": str(self.root / "levels" / "01-target"),
            "CASES": str(self.root / "cache"),
            "NEIGHBOUR": str(self.root / "inbox" / NEIGHBOUR),
            "GRADER": str(Path(catalog.__file__).parent.parent),
            "SECRET": SECRET,
            "PID": str(os.getpid()),
            "PORT": str(self.listeners[0].getsockname()[1]),
            "UDP": str(self.listeners[1].getsockname()[1]),
            "SOCKET": str(self.root / "outside" / "socket"),
            "ABSTRACT": f"ladder-hostile-{os.getpid()}",
        }

    def furnish(self):
        outside, neighbour = self.root / "outside", self.root / "inbox" / NEIGHBOUR
        for folder in (outside, neighbour, self.root / "tmp"):
            folder.mkdir(parents=True)
        (outside / "canary.txt").write_text(SECRET + "\n")
        (outside / "canary.txt").chmod(0o666)  # anybody's to write: only the walls are in the way
        outside.chmod(0o777)
        (neighbour / "answers.txt").write_text(SECRET + "\n")
        self.listeners = [socket.create_server(("127.0.0.1", 0))]
        self.listeners.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.listeners[-1].bind(("127.0.0.1", 0))
        for address in (str(outside / "socket"), f"\0ladder-hostile-{os.getpid()}"):
            self.listeners.append(socket.socket(socket.AF_UNIX))
            self.listeners[-1].bind(address)
            self.listeners[-1].listen(8)
        (outside / "socket").chmod(0o777)
        for listener in self.listeners:
            listener.setblocking(False)

    def look(self):
        """Everything that no attack may change, by what it is."""
        folders = ("outside", "levels", "cache", f"inbox/{NEIGHBOUR}", "tmp")
        return {name: Tree.read(self.root / name).digest for name in folders}

    def called(self):
        """Which listeners somebody has reached."""
        reached = []
        for listener in self.listeners:
            try:
                if listener.type == socket.SOCK_DGRAM:
                    listener.recvfrom(1)
                else:
                    listener.accept()[0].close()
            except BlockingIOError:
                continue
            reached.append(str(listener))
        return reached

    def left_behind(self, mark):
        """Files with an attack's mark in their name, outside of its walls."""
        folders = [Path(name) for name in (*_ELSEWHERE, Path.home(), Path.cwd(), self.root)]
        return [str(path) for folder in folders if folder.is_dir() for path in folder.iterdir() if mark in path.name]

    def close(self):
        for listener in self.listeners:
            listener.close()
        shutil.rmtree(self.root)


@dataclass(frozen=True)
class Came:
    """How grading a submission went. ``card`` is None where intake ``refused``, with the reason."""

    card: Scorecard | None
    refused: str
    harmed: tuple[str, ...]  # what was not as before, looked at as soon as it was graded
    left: tuple[str, ...]  # processes and files that were still there a little later
    seconds: float

    @property
    def text(self):
        """The scorecard as it is stored."""
        return scoring.to_line(self.card)


class Range:
    """Grades attacks behind real walls, two at a time, with an honest submission now and then between them."""

    def __init__(self, walls, level, world):
        self._grader = Grader(walls, Key.practice())
        self._world = world
        self.level = level
        # everybody's data first, so that nothing of ours changes later
        generated.prepare_all(level, Key.practice(), ["attacker", NEIGHBOUR], 2)
        cases = generated.prepare(level, Key.practice(), "attacker").folder
        words = world.words | {"TRUTH": str(cases / "01-sums" / "0" / "truth" / "truth.json")}
        self.workshop = corpus.Workshop.open(level, words, world.root / "inbox")
        self._pool = ThreadPoolExecutor(2)
        self._coming = {}
        self.honest = []

    def start(self, attacks):
        """Set them off."""
        self._world.before = self._world.look()
        for number, attack in enumerate(attacks):
            self._coming[attack.name] = self._pool.submit(self._attack, attack)
            if number % EVERY == EVERY - 1:
                self.honest.append(self._pool.submit(self.grade_honest))

    @property
    def attacks(self):
        """The names of all that were asked for."""
        return list(self._coming)

    def came(self, attack):
        return self._coming[attack.name].result()

    def grade_honest(self):
        """The reference, as another learner hands it in."""
        return self._grader.grade(self.level, self.workshop.reference, NEIGHBOUR)

    def _attack(self, attack):
        mark = f"ladder-mark-{os.urandom(6).hex()}"
        began = time.monotonic()
        card, refused = None, ""
        try:
            tree = self.workshop.submission(attack, mark)
        except InputError as why:
            refused = str(why)
        else:
            card = self._grader.grade(self.level, tree, "attacker", exercises=[attack.exercise])
        seconds = time.monotonic() - began
        now = self._world.look()
        harmed = [name for name, digest in self._world.before.items() if now[name] != digest]
        left = _until_gone(lambda: marked(mark)) + self._world.left_behind(mark)
        return Came(card, refused, tuple(harmed + self._world.called()), tuple(left), seconds)

    def close(self):
        self._pool.shutdown(cancel_futures=True)


def _until_gone(find):
    """What ``find()`` still finds after five seconds."""
    end = time.monotonic() + 5
    while (found := find()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def marked(mark):
    """Processes of this machine that bear a mark in their command line or name."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            for name in ("cmdline", "comm"):
                try:
                    if mark[-12:].encode() in (folder / name).read_bytes():
                        found.append(f"process {folder.name}")
                except OSError:
                    continue
    return found


def inside_walls():
    """Processes below this one that stand in a child's own PID namespace (the zygotes stand in one of theirs)."""
    parents, deep = {}, set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                lines = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines())
            except (OSError, ValueError):
                continue
            parents[int(folder.name)] = int(lines["PPid"])
            if len(lines["NSpid"].split()) > 2:
                deep.add(int(folder.name))
    below = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return [f"process {pid}" for pid in sorted(deep & below)]


@pytest.fixture(scope="module")
def world():
    made = World(Path(tempfile.mkdtemp(prefix="ladder-hostile-")))
    made.root.chmod(0o755)  # judges are another user
    shutil.copytree(HERE / "level", made.root / "levels")
    made.furnish()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(catalog.LEVELS_VARIABLE, str(made.root / "levels"))
        patch.setenv(generated.CACHE_VARIABLE, str(made.root / "cache"))
        patch.setattr(tempfile, "tempdir", str(made.root / "tmp"))
        yield made
    made.close()


@pytest.fixture(scope="module")
def field_of_fire(world, request):
    """All the attacks that were asked for, under way."""
    with open_walls() as walls:
        made = Range(walls, catalog.find_level("1"), world)
        asked = {item.callspec.params["attack"].name for item in request.session.items if hasattr(item, "callspec")
                 and "attack" in item.callspec.params}  # fmt: skip
        made.start([attack for attack in corpus.read_attacks() if attack.name in asked])
        yield made
        made.close()


@pytest.fixture(scope="session")
def inside():
    return inside_walls
