import json

import pytest

# One list for two checks: what learner code does to it in one must not reach the other.
ROWS = [[5, 1], [3, 9], [4, 4], [1, 2], [2, 7]]


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
    assert done.stdout.split() == [str(truth(case)["total"]).encode()], (
        "Tried: the tool on other numbers.\nCame: another sum.\nLook: which lines are read."
    )


@pytest.mark.check(points=2, skill="tools")
def test_adds_rows(submission):
    """Rows are added up."""
    expected = [sum(row) for row in ROWS]
    came = submission.module("tool.rows").add_rows(ROWS)
    assert type(came) is list and came == expected, (
        "Tried: add_rows() on five rows.\nCame: other sums.\nLook: which numbers of a row are added."
    )


@pytest.mark.check(points=2, skill="tools")
def test_sorts_rows(submission):
    """Rows are sorted by their first number."""
    expected = sorted(ROWS)
    came = submission.module("tool.rows").sort_rows(ROWS)
    assert type(came) is list and came == expected, (
        "Tried: sort_rows() on five rows.\nCame: another order.\nLook: what is compared."
    )


@pytest.mark.check(points=2, skill="tools")
def test_writes_the_best(submission):
    """The largest number is written to a file."""
    done = submission.run(["python", "-m", "tool", "--best", "raw/numbers.txt", "out/best.txt"])
    assert done.returncode == 0, (
        f"Tried: the tool with --best.\nCame: exit code {done.returncode}.\nLook: what it raised."
    )
    assert submission.files.read("out/best.txt").split() == [str(truth(submission.own)["best"]).encode()], (
        "Tried: the tool with --best.\nCame: another number.\nLook: which lines are read."
    )


@pytest.mark.check(points=2, skill="tools")
def test_keeps_a_history(submission):
    """The work is in commits."""
    commits = submission.history.commits_since_start
    assert commits, "Tried: read your history.\nCame: no commit of yours.\nLook: git log."
    texts = [commit.tree().get("tool/rows.py", b"") for commit in commits]
    assert any(b"def add_rows" in text for text in texts), (
        "Tried: looked for add_rows() in your commits.\nCame: none has it.\nLook: git log -p tool/rows.py."
    )
