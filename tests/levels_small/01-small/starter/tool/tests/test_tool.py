import subprocess
import sys


def test_adds_three_numbers(tmp_path):
    (tmp_path / "numbers.txt").write_text("1\n2\n3\n")
    done = subprocess.run(
        [sys.executable, "-m", "tool", str(tmp_path / "numbers.txt")], capture_output=True, text=True
    )
    assert done.stdout == "6\n"
