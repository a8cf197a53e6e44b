"""What looks after the suite is looked after too."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parent / "leftovers.py"


def after(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TOOL, "sh", "-c", script], capture_output=True, text=True, check=False)


def test_the_commands_own_exit_code_counts() -> None:
    assert after("exit 5").returncode == 5


@pytest.mark.parametrize(
    ("script", "said"),
    [('touch "$TMPDIR/forgotten"', "forgotten"), ("setsid sleep 30 >/dev/null 2>&1 &", "sleep 30")],
    ids=["file", "orphan"],
)
def test_what_is_left_is_named(script: str, said: str) -> None:
    ended = after(script)
    assert ended.returncode == 1
    assert said in ended.stderr
