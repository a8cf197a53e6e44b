"""What a zygote gets to see: an allow-list of read-only mounts, as a plan for the launcher.

Everything here is a decision and nothing is done, so that it can be read and tested on any machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UID = 1000
NEUTRAL = "/ladder"  # where what is ours stands inside, wherever it is outside
SCRIPTS = f"{NEUTRAL}/bin"
WORKER_SPACES = ("/work", "/home/learner", "/tmp", "/dev/shm")
JUDGE_SPACES = ("/scratch", "/dev/shm")

_GRADER = Path(__file__).resolve().parent.parent
# the modules that run inside a zygote; nothing else of the walls goes in
_OF_WORKERS = ("__init__.py", "runqueue.py", "bridge")
_INSIDE = ("contained", "init", "inner", "keeper", "landlock", "limits", "seccomp", "syscalls", "zygote")
_HOST_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_HOST_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/services", "/etc/protocols",
               "/etc/mime.types", "/etc/fonts", "/sys/devices/system/cpu")  # fmt: skip
_MADE_FILES = {
    "/etc/passwd": f"learner:x:{UID}:{UID}:learner:/home/learner:/bin/sh\n",
    "/etc/group": f"learner:x:{UID}:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
    "/etc/gitconfig": "[core]\n\tpager = cat\n[init]\n\tdefaultBranch = main\n",
}
# one thread per library: a forked child hangs if a multi-threaded region ran in the zygote
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Mount:
    """A host path that is readable inside at ``target``."""

    source: str
    target: str


@dataclass(frozen=True)
class Role:
    """One kind of zygote. ``preload`` and ``serve`` are ``module:function``."""

    name: str
    preload: str
    serve: str
    spaces: tuple[str, ...]  # folders each child has for its own; the first is its cwd
    home: str
    temporary: str
    dumpable: bool
    mounts: tuple[Mount, ...] = ()
    path: tuple[str, ...] = ()  # put before everything else on sys.path
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plan:
    """All that stands and holds inside, and what runs there."""

    mounts: tuple[Mount, ...]  # read-only
    links: tuple[tuple[str, str], ...]  # (where it points, its path)
    files: dict[str, str]
    spaces: tuple[str, ...]  # each child's own; the zygote's own writable folders are these and ``locked``
    locked: tuple[str, ...]
    environment: dict[str, str]
    python: tuple[str, ...]  # the interpreter's command line, up to -c
    path: tuple[str, ...]  # goes before everything else on sys.path
    place: dict[str, Any]  # the zygote's orders

    def code(self, module: str) -> str:
        """What ``python -c`` needs to run ``main`` of a module of the walls."""
        return f"import sys; sys.path[:0] = {list(self.path)!r}; from grader.walls.{module} import main; main()"


def worker_role(
    preload: str = "grader.bridge.worker:preload",
    serve: str = "grader.bridge.worker:serve",
    mounts: Iterable[Mount] = (),
    path: Iterable[str] = (),
) -> Role:
    """Workers: the bridge with what it counts time by, and of the walls what has to run inside."""
    package = f"{NEUTRAL}/grader"
    own = [Mount(str(_GRADER / part), f"{package}/{part}") for part in _OF_WORKERS]
    own += [Mount(str(_GRADER / "walls" / f"{name}.py"), f"{package}/walls/{name}.py") for name in _INSIDE]
    return Role("worker", preload, serve, WORKER_SPACES, "/home/learner", "/tmp", True,
                (*own, *mounts), (NEUTRAL, *path))  # fmt: skip


def judge_role(
    readable: Iterable[Path],
    preload: str = "grader.judges.process:preload",
    serve: str = "grader.judges.process:serve",
    mounts: Iterable[Mount] = (),
    path: Iterable[str] = (),
    environment: Iterable[tuple[str, str]] = (),
) -> Role:
    """Judges: the whole grader and ``readable`` (levels, cases), all where they are outside, read-only."""
    own = [Mount(str(folder), str(folder)) for folder in (_GRADER, *readable)]
    return Role("judge", preload, serve, JUDGE_SPACES, "/scratch", "/scratch", False,
                (*own, *mounts), (str(_GRADER.parent), *path), tuple(environment))  # fmt: skip


def plan(role: Role) -> Plan:
    """The plan for one zygote of this interpreter on this machine."""
    base, home = sys.base_prefix, _inside(sys.base_prefix, f"{NEUTRAL}/base", role)
    prefix, inside = sys.prefix, _inside(sys.prefix, f"{NEUTRAL}/python", role)
    home = inside if base == prefix else home
    mounts = [Mount("/usr", "/usr")]
    links = []
    for folder in _HOST_FOLDERS:
        if Path(folder).is_symlink():
            links.append((os.readlink(folder), folder))  # noqa: PTH115  as it is, unresolved
        elif Path(folder).is_dir():
            mounts.append(Mount(folder, folder))
    mounts += [Mount(str(Path(name).resolve()), name) for name in _HOST_FILES if Path(name).exists()]
    for source, target in dict.fromkeys([(base, home), (prefix, inside)]):
        if not _within(target, "/usr"):
            mounts.append(Mount(source, target))
    mounts += role.mounts
    scripts = None
    locked = () if "/tmp" in role.spaces else ("/tmp",)
    path = [f"{inside}/bin", "/usr/local/bin", "/usr/bin", "/bin"]
    if inside != prefix:
        # its console scripts name the old place in their first line
        scripts = {"from": f"{inside}/bin", "to": SCRIPTS, "was": f"{prefix}/bin/", "is": f"{inside}/bin/"}
        locked = (*locked, SCRIPTS)
        path.insert(0, SCRIPTS)
    place = {
        "preload": role.preload,
        "serve": role.serve,
        "spaces": role.spaces,
        "locked": locked,
        "dumpable": role.dumpable,
        "scripts": scripts,
    }
    python = (f"{inside}/bin/{Path(sys.executable).name}", "-I", "-B", "-c")
    return Plan(tuple(mounts), tuple(links), dict(_MADE_FILES), role.spaces, locked,
                environment(role, ":".join(path)), python, role.path, place)  # fmt: skip


def _inside(path: str, neutral: str, role: Role) -> str:
    """Where a folder of the interpreter stands inside: as outside, unless a child's own folder would hide it."""
    return neutral if any(_within(path, space) for space in (*role.spaces, NEUTRAL)) else path


def bubblewrap_options(plan: Plan) -> tuple[list[str], list[str]]:
    """Bubblewrap's options before and after the mounts."""
    head = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
            "--unshare-cgroup-try", "--uid", str(UID), "--gid", str(UID), "--hostname", "ladder",
            "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]  # fmt: skip
    for name, value in plan.environment.items():
        head += ["--setenv", name, value]
    head += ["--proc", "/proc", "--dev", "/dev"]
    # a tmpfs for what the zygote itself writes while it imports; each child covers it with its own
    for space in (*plan.spaces, *plan.locked):
        if space != "/dev/shm":  # --dev has made it
            head += ["--tmpfs", space]
    head += ["--dir", f"{NEUTRAL}/store"]
    tail = [word for points, at in plan.links for word in ("--symlink", points, at)]
    return head, [*tail, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def environment(role: Role, path: str) -> dict[str, str]:
    """The whole environment of the zygote, its children and what they start."""
    home = role.home
    return {
        "PATH": path,
        "HOME": home,
        "USER": "learner",
        "LOGNAME": "learner",
        "SHELL": "/bin/sh",
        "TMPDIR": role.temporary,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "MPLCONFIGDIR": f"{home}/.config/matplotlib",
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "XDG_DATA_HOME": f"{home}/.local/share",
        "XDG_STATE_HOME": f"{home}/.local/state",
        "IPYTHONDIR": f"{home}/.ipython",
        "GIT_PAGER": "cat",
        "PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        # What reports home would only wait for an answer, and in a thread: one that looks a name up while another
        # sets a variable reads freed memory. MLflow asks for the word, everybody else for the number.
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **dict.fromkeys(_ONE_THREAD, "1"),
        **dict(role.environment),
    }


def _within(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)
