"""Runs a command (the test suite) and then looks for what it left: processes, mounts, files outside its own folder.

The command gets a temporary folder of its own, which goes with it; what lies outside has to be as it was.

    python tests/leftovers.py COMMAND ARGUMENT...

Ends with the command's own exit code, or with 1 and one line per thing that is still there. Every process below the
command, orphans included, comes back to this one, which is their reaper; so none can hide by losing its parent.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run", str(Path.home()))  # noqa: S108 - looked at, not written to
_GRACE = 5.0  # seconds for what is about to end


def main(command: list[str]) -> int:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot become the reaper of orphans")
    own = Path(tempfile.mkdtemp(prefix="suite-"))
    own.chmod(0o755)  # judges are another user, and pass through
    mounts, files, tree = _mounts(), _named_files(), _changes()
    child = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(own)})
    code = _reap_until_end_of(child.pid)
    left = _processes_left()
    left += [f"mount {one}" for one in sorted(_mounts() - mounts)]
    left += [f"file {one}" for one in sorted(_named_files() - files)]
    left += [f"in the checkout: {one}" for one in sorted(_changes() - tree)]
    shutil.rmtree(own, ignore_errors=True)
    for line in left:
        print(f"left behind by the suite: {line}", file=sys.stderr)
    return code or int(bool(left))


def _reap_until_end_of(wanted: int) -> int:
    while True:
        pid, status = os.wait()
        if pid == wanted:
            return os.waitstatus_to_exitcode(status)


def _processes_left() -> list[str]:
    """What is still below this process after a while; all of it is ours to have ended, so it is only named."""
    end = time.monotonic() + _GRACE
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return []
        if time.monotonic() > end:
            return [f"process {pid}: {_command_of(pid)}" for pid in _children_of(os.getpid())]
        time.sleep(0.1)


def _children_of(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()[:160]
    except OSError:
        return "?"


def _mounts() -> set[str]:
    return {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}


def _named_files() -> set[str]:
    """Files with our name in places where a run could leave them; others' are none of ours."""
    return {str(path) for place in _PLACES if Path(place).is_dir() for path in Path(place).glob("*ladder*")}


def _changes() -> set[str]:
    """What git sees as changed or new in the checkout; empty where there is no git."""
    seen = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=False)
    return set(seen.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
