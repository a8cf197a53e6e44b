"""What looks after the suite is looked after too."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parent / "leftovers.py"


def after(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TOOL, "sh", "-c", script], capture_output=True, text=True, check=False)


def test_the_commands_own_exit_code_counts() -> None:
    assert after("exit 5").returncode == 5


def test_a_file_elsewhere_is_named() -> None:
    forgotten = Path("/dev/shm") / f"ladder-forgotten-{os.getpid()}"
    try:
        ended = after(f"touch {forgotten}")
    finally:
        forgotten.unlink()
    assert ended.returncode == 1
    assert f"file {forgotten}" in ended.stderr


def test_an_orphan_is_named() -> None:
    ended = after("setsid sleep 30 >/dev/null 2>&1 &")
    found = re.search(r"process (\d+): sleep 30", ended.stderr)
    assert ended.returncode == 1
    assert found
    os.kill(int(found[1]), signal.SIGKILL)
