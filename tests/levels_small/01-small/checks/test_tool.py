import json

import pytest


def truth(case):
    return json.loads((case.truth / "truth.json").read_text())


@pytest.mark.check(points=2, skill="tools")
def test_prints_the_sum(submission):
    """The sum is printed."""
    case = submission.fresh(1)
    submission.files.write("fresh/numbers.txt", (case.data / "raw" / "numbers.txt").read_bytes())
    done = submission.run(["python", "-m", "tool", "fresh/numbers.txt"])
    assert done.returncode == 0, (
        f"Tried: the tool on other numbers.\nCame: exit code {done.returncode}.\nLook: main() of the tool."
    )
    assert done.stdout.split() == [str(truth(case)["sum"]).encode()], (
        "Tried: the tool on other numbers.\nCame: another sum.\nLook: which lines are read."
    )


@pytest.mark.check(points=1, skill="tools", requires=["test_prints_the_sum"])
def test_prints_the_largest(submission):
    """The largest number is printed."""
    done = submission.run(["python", "-m", "tool", "--largest", "raw/numbers.txt"])
    assert done.stdout.split() == [str(truth(submission.own)["largest"]).encode()], (
        "Tried: the tool with --largest.\nCame: another number.\nLook: what --largest does."
    )


@pytest.mark.check(points=1, skill="tools", requires=["test_prints_the_sum"])
def test_refuses_text(submission):
    """A line of text is refused."""
    submission.files.write("bad.txt", b"1\ntwo\n")
    done = submission.run(["python", "-m", "tool", "bad.txt"])
    assert (done.returncode, done.stdout) == (2, b""), (
        f"Tried: a file with a line of text.\nCame: exit code {done.returncode}.\nLook: what int() raises."
    )
    assert done.stderr.strip(), (
        "Tried: a file with a line of text.\nCame: nothing on stderr.\nLook: print(..., file=sys.stderr)."
    )
