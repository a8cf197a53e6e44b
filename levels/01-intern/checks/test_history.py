"""Hidden checks of delay-report, part history: what a colleague gets who clones the repository."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest
from dulwich.ignore import IgnoreFilter

TEAMMATE = "teammate@delay-desk.invalid"
TIP = "Name each airport and count cancelled flights"  # the last commit of teammate/airports
TOKEN = re.compile(rb"ddk_[0-9a-f]{40}")
DATA_ROWS = 50  # more than any fixture of a test needs
BINARY_DATA = {".parquet", ".feather", ".pkl", ".pickle", ".xlsx", ".xls", ".zip", ".gz", ".db", ".sqlite", ".duckdb"}


@pytest.mark.check(points=2, skill="version-control", part="history")
def test_clone_works(desk, submission):
    """A clone of your repository, with a raw folder beside it, makes the report."""
    tree = submission.history.commits()[0].tree()
    assert "report.ipynb" in tree, (
        "Tried: looked for report.ipynb in the last commit of your branch.\n"
        "Came: it is not there.\n"
        "Look: git status; a file nobody added is on your machine only.")
    for path in submission.files.list("**/*"):
        if not path.startswith(".git/"):
            submission.files.remove(path)
    for path, content in tree.items():
        submission.files.write(path, content)
    month = desk.month(1)
    desk.lay(month, "raw")
    tried = "your command in a clone: the files of your last commit and nothing else"
    desk.months_worth(desk.report("raw", "out", tried), month, tried)


@pytest.mark.check(points=2, skill="version-control", part="history")
def test_branch_is_merged(submission):
    """Your colleague's branch is merged, its commits intact."""
    history = submission.history
    mine = {commit.id for commit in history.commits_since_start}
    reached = history.commits()
    named = [commit for commit in reached if _title(commit) == TIP and TEAMMATE in commit.author]
    tips = [commit.id for commit in named if commit.id not in mine]
    assert tips, (
        "Tried: looked for the last commit of teammate/airports behind your last commit.\n"
        "Came: it is not there"
        + (", only a copy of it" if named else "")
        + ".\n"
        "Look: git log --graph --all; git merge teammate/airports keeps the commits, a squash or a rebase copies them.")
    tip = tips[0]
    merges = [commit for commit in reached if commit.id in mine and len(commit.parents) > 1]
    sides = [[_leads_to(history, parent, tip) for parent in merge.parents] for merge in merges]
    assert any(any(side) and not all(side) for side in sides), (
        "Tried: looked for the merge commit that brought teammate/airports in.\n"
        "Came: there is none.\n"
        "Look: git log --merges; the ticket asks for a merge commit.")


@pytest.mark.check(points=4, skill="version-control", part="history")
def test_both_changes_show_in_the_report(desk, as_number):
    """Both changes show in the report: your colleague's names and cancellations, main's late share and decimals."""
    for n, whose in ((0, "your own month"), (2, "a month you have not seen")):
        month = desk.month(n)
        tried = f"your merged package on {whose}"
        desk.lay(month, f"months/{n}")
        columns = ["origin", "airport", "carrier", "flights", "cancelled", "mean_delay", "late_share"]
        rows = desk.rows(desk.report(f"months/{n}", f"results/{n}", tried), columns, tried)
        expected = set(month.rows) - month.charters
        missing = sorted(expected - rows.keys())
        assert not missing, (
            f"Tried: {tried}.\n"
            f"Came: no row for {' '.join(missing[0])}, {len(missing)} in all.\n"
            "Look: the branch also lists airlines whose flights were all cancelled.")
        for key in sorted(expected):
            row, truth = rows[key], month.rows[key]
            where = f"Tried: {tried}.\nCame: in the row {' '.join(key)}, "
            assert row["airport"] == truth["airport"], (
                f"{where}airport is not the name that airports.csv has.\n"
                "Look: the branch's summarise(), and where its second argument comes from.")
            counts = (as_number(row["flights"]), as_number(row["cancelled"]))
            assert counts == (truth["flights"], truth["cancelled"]), (
                f"{where}flights or cancelled is off.\n"
                "Look: on the branch, flights are the scheduled ones, and cancelled those without a delay.")
            if truth["late_share"] is None:
                assert row["late_share"] == row["mean_delay"] == "", (
                    f"{where}no flight left, yet mean_delay or late_share is not empty.\n"
                    "Look: the share of no flights is not 0.")
                continue
            share = as_number(row["late_share"])
            assert share is not None and abs(share - truth["late_share"]) <= 0.0005 + 1e-9, (
                f"{where}late_share is off.\n"
                "Look: main divided by `flights`, which the branch gave another meaning; and 30 minutes is on time.")
            assert _decimals(row["mean_delay"]) <= 1 and _decimals(row["late_share"]) <= 3, (
                f"{where}a number has more decimals than the README allows.\n"
                "Look: main's change rounds; does the merged code still?")


@pytest.mark.check(points=2, skill="version-control", part="history")
def test_commits_are_focused(submission):
    """Several commits, each for one purpose and with a message that says which."""
    history = submission.history
    mine = [c for c in history.commits_since_start if len(c.parents) == 1 and TEAMMATE not in c.author]
    known = {commit.id: commit for commit in history.commits()}
    changed = {commit.id: _changed(commit, known[commit.parents[0]]) for commit in mine}
    mine = [commit for commit in mine if changed[commit.id]]
    touched = set().union(*changed.values())
    assert len(mine) >= 4 and "report.ipynb" in touched and any(map(_of_package, touched)), (
        "Tried: counted your own commits, merges and empty ones aside.\n"
        f"Came: {len(mine)}, which change {len(touched)} files in all.\n"
        "Look: the ticket asks for at least four, among them the package and the notebook.")
    titles = [_title(commit) for commit in mine]
    vague = [title for title in titles if len(title.split()) < 3 or titles.count(title) > 1]
    assert not vague, (
        "Tried: read the first lines of your commit messages.\n"
        f"Came: {vague[0][:60]!r}, which is short, or there more than once.\n"
        "Look: say in at least three words what is different from now on; git commit --amend, git rebase -i.")
    for commit in mine:
        files = changed[commit.id]
        mixed = "report.ipynb" in files and any(map(_of_package, files))
        assert len(files) <= 6 and not mixed, (
            "Tried: looked at what each of your commits changes.\n"
            f"Came: {_title(commit)[:60]!r} changes {len(files)} files"
            + (", package and notebook at once" if mixed else "")
            + ".\n"
            "Look: git add -p or git add FILE stages one purpose at a time; git reset --soft lets you sort it again.")


@pytest.mark.check(points=2, skill="version-control", part="history", requires=["test_clone_works"])
def test_data_stays_out_of_git(desk, submission):
    """Data and results stay out of git: none in any commit, and .gitignore keeps it so."""
    history = submission.history
    rows = set(desk.month(0).flights.splitlines()[1:])
    for commit, path, content in _files(history):
        in_folder = path.startswith(("raw/", "out/", "handover/"))
        copied = sum(line.rstrip(b"\r") in rows for line in set(content.split(b"\n"))) >= DATA_ROWS
        table = path.endswith((".csv", ".tsv")) and content.count(b"\n") > DATA_ROWS
        binary = PurePosixPath(path).suffix.lower() in BINARY_DATA
        is_rule = PurePosixPath(path).name in (".gitignore", ".gitkeep")
        assert is_rule or not (in_folder or copied or table or binary), (
            "Tried: looked for data and results in every commit of your branches.\n"
            f"Came: {path} in the commit {_title(commit)[:60]!r}.\n"
            "Look: a later commit does not take it back; rewrite your own commits (git rebase -i, git reset).")
    tree = history.commits()[0].tree()
    would_be_added = ["raw/flights.csv", "raw/airports.csv", "out/report.csv", "out/summary.json", ".env"]
    would_be_added += [path for path in submission.submitted if path.startswith("handover/")]
    open_to = [path for path in would_be_added if not _ignored(tree, path)]
    assert not open_to, (
        "Tried: asked your committed .gitignore what `git add .` would take after a day's work.\n"
        f"Came: {', '.join(open_to)}.\n"
        "Look: git status --ignored; .git/info/exclude is not in a clone.")


@pytest.mark.check(points=2, skill="version-control", part="history", requires=["test_clone_works"])
def test_token_is_in_no_commit(desk, submission):
    """The token is in no commit, not even one that a later commit cleans up."""
    history = submission.history
    token = desk.month(0).token.encode()
    hidden = (base64.b64encode(token).rstrip(b"="), token.hex().encode(), token[::-1])
    for commit, path, content in _files(history):
        assert not TOKEN.search(content) and not any(form in content for form in hidden), (
            "Tried: looked for a board token in every commit of your branches.\n"
            f"Came: one in {path}, in the commit {_title(commit)[:60]!r}.\n"
            "Look: rewrite the commit, then read the token from os.environ; in life you would also have it revoked.")
    for commit in _commits(history):
        assert not TOKEN.search(commit.message.encode()), (
            "Tried: looked for a board token in your commit messages.\n"
            "Came: one of them quotes it.\n"
            "Look: git rebase -i and reword.")


@pytest.mark.check(points=1, skill="version-control", part="history", requires=["test_clone_works"])
def test_no_outputs_in_any_commit(submission):
    """No commit holds a notebook with stored outputs."""
    for commit, path, content in _files(submission.history):
        if not path.endswith(".ipynb"):
            continue
        try:
            stored = [cell for cell in json.loads(content)["cells"] if cell.get("outputs")]
        except (ValueError, LookupError, TypeError, AttributeError):
            continue  # no notebook at that moment: other checks speak about the one handed in
        assert not stored, (
            "Tried: looked into the notebooks of every commit of your branches.\n"
            f"Came: {path} has stored outputs in the commit {_title(commit)[:60]!r}.\n"
            "Look: clear them before git add (jupyter nbconvert --clear-output --inplace report.ipynb), then rewrite.")


def _title(commit: Any) -> str:
    return (commit.message.strip().splitlines() or [""])[0].strip()


def _commits(history: Any) -> list[Any]:
    """The commits a clone brings along: those of HEAD and of every branch, each once."""
    found = {commit.id: commit for ref in ("HEAD", *history.branches) for commit in history.commits(ref)}
    return list(found.values())


def _files(history: Any) -> Iterator[tuple[Any, str, bytes]]:
    """Every version of every file in those commits, each once."""
    seen = set()
    for commit in _commits(history):
        for path, content in commit.tree().items():
            if (path, content) not in seen:
                seen.add((path, content))
                yield commit, path, content


def _leads_to(history: Any, start: str, wanted: str) -> bool:
    return any(commit.id == wanted for commit in history.commits(start))


def _changed(commit: Any, parent: Any) -> set[str]:
    """Paths that differ between a commit and its parent."""
    before, after = parent.tree(), commit.tree()
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _of_package(path: str) -> bool:
    return path.startswith("delay_report/")


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def _ignored(tree: dict[str, bytes], path: str) -> bool:
    """Whether the .gitignore files of ``tree`` keep ``path`` or a folder above it out."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        tried = "/".join(parts[:depth]) + ("/" if depth < len(parts) else "")
        verdict = None
        for level in range(depth):  # a .gitignore further down has the last word
            folder = "".join(part + "/" for part in parts[:level])
            rules = IgnoreFilter(tree.get(f"{folder}.gitignore", b"").splitlines())
            said = rules.is_ignored(tried[len(folder) :])
            verdict = verdict if said is None else said
        if verdict:
            return True
    return False
