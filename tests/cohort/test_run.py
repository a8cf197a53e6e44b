"""A cohort's run in one process: what is graded, what is not graded again, and what it says when something is gone."""

import contextlib
import dataclasses
import hashlib
import json
import os
import sqlite3
import subprocess
import threading
import time

import pytest

from grader.cohort import folder, run
from grader.cohort.inbox import found_in
from grader.cohort.run import How, grade_cohort
from grader.cohort.store import Store
from grader.errors import GraderFault, InputError
from grader.ledger import Kind, open_ledger

pytestmark = pytest.mark.walls
ONE = ("01-add",)


@pytest.fixture
def grade(inbox, cohort, real_walls, monkeypatch, capsys):
    """Runs the cohort: its exit code, the scorecards on stdout and the lines on stderr."""
    opened = []

    def walls():
        opened.append(1)
        return contextlib.nullcontext(real_walls)

    monkeypatch.setattr(run, "open_walls", walls)

    def graded(found=None, cohort=cohort, **how):
        code = grade_cohort(cohort, found or (lambda: found_in(inbox)), How(as_json=True, exercises=ONE, **how))
        said = capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err.splitlines()

    graded.opened = opened
    return graded


def by_learner(cards):
    return sorted(cards, key=lambda card: card["learner"])


def learners(cards):
    return [card["learner"] for card in by_learner(cards)]


def test_what_is_graded_is_not_graded_again(packer, inbox, grade, cohort, ledger):
    packer.put(inbox, "ann", "01-add")
    packer.put(inbox, "ben")
    code, first, said = grade()
    assert code == 0
    assert learners(first) == ["ann", "ben"]
    assert any("a minute" in line for line in said)
    assert [one.entry.learner for one in ledger.standing()] == ["ann", "ben"]
    assert (cohort.out / "ann" / "01-small.html").is_file()
    packer.put(inbox, "cem")
    (cohort.out / "ben" / "01-small.html").unlink()
    code, second, said = grade()
    assert by_learner(first) == [card for card in by_learner(second) if card["learner"] != "cem"]
    assert "note: 2 of 3 have a scorecard that stands" in said
    assert (cohort.out / "ben" / "01-small.html").is_file()
    assert (cohort.out / "cohort.csv").read_text().count("\n") == 4
    assert list(ledger.verify()) == []
    before = len(grade.opened)
    assert learners(grade()[1]) == ["ann", "ben", "cem"]
    assert len(grade.opened) == before  # nothing to grade needs no walls


def test_a_new_submission_is_graded_and_the_old_scorecard_stays_in_the_ledger(packer, inbox, grade, ledger):
    path = packer.put(inbox, "ann")
    os.utime(path, (1e9, 1e9))
    grade()
    packer.put(inbox, "ann", "01-add")
    (card,) = grade()[1]
    assert card["points"] > 0
    assert [one.scorecard.points for one in ledger.standing()] == [card["points"]]
    assert len(list(ledger.entries(kind=Kind.SCORECARD))) == 2


def test_a_result_that_reached_the_store_only_is_entered_and_not_made_again(packer, inbox, grade, cohort, tmp_path):
    packer.put(inbox, "ann")
    _, first, _ = grade()
    elsewhere = dataclasses.replace(cohort, ledger=str(tmp_path / "new.db"))
    _, second, said = grade(cohort=elsewhere)
    assert first == second  # times and all
    assert "note: 1 were graded by an earlier run" in said


def test_a_damaged_result_is_made_again(packer, inbox, grade, cohort, tmp_path):
    packer.put(inbox, "ann")
    grade()
    (result,) = (tmp_path / "kept" / "store" / "results").iterdir()
    result.write_text(result.read_text()[:-40])
    _, _, said = grade(cohort=dataclasses.replace(cohort, ledger=str(tmp_path / "new.db")))
    assert not any("earlier run" in line for line in said)
    assert len(result.read_text().splitlines()) == 1
    json.loads(result.read_text())


def test_one_bad_archive_is_2_and_the_others_are_graded(packer, inbox, grade):
    packer.put(inbox, "ann")
    packer.put(inbox, "ben").write_bytes(b"no archive")
    code, cards, said = grade()
    assert code == 2
    assert learners(cards) == ["ann"]
    (line,) = [line for line in said if line.startswith("ladder:")]
    assert line.startswith(f"ladder: {inbox}/ben/01-small.tar.gz: is not an archive that ladder reads")


def test_resume_reads_no_inbox(packer, inbox, grade, store, cohort):
    packer.put(inbox, "ann")
    packer.put(inbox, "ben").write_bytes(b"no archive")

    def cut_off():
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "open_walls", cut_off)
        code, cards, said = grade()
    assert (code, cards) == (130, [])
    assert said[-1] == "ladder: stopped; 0 of 1 are graded and kept, and --resume goes on with the rest"
    packer.put(inbox, "cem")
    code, cards, said = grade(resume=True)
    assert code == 2  # the refused one is told again
    assert learners(cards) == ["ann"]
    code, cards, said = grade(resume=True)
    assert "note: there is no unfinished run; the inbox is read" in said
    assert learners(cards) == ["ann", "cem"]


def test_a_page_that_could_not_be_written_is_written_by_the_next_run(packer, inbox, grade, cohort, monkeypatch):
    packer.put(inbox, "ann")
    grade()
    page, card = (cohort.out / "ann" / f"01-small.{kind}" for kind in ("html", "json"))
    page.write_text("of an earlier scorecard")
    card.write_text("{}")
    with monkeypatch.context() as cut:
        cut.setattr(folder, "feedback_page", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            grade()
    grade()
    assert "of an earlier scorecard" not in page.read_text() and json.loads(card.read_text())["learner"] == "ann"


def test_a_submission_that_the_store_lost_is_that_ones_error_only(packer, inbox, grade, cohort, tmp_path):
    packer.put(inbox, "ann")
    packer.put(inbox, "ben")

    def cut_off():
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "open_walls", cut_off)
        grade()
    ann = hashlib.sha256((inbox / "ann" / "01-small.tar.gz").read_bytes()).hexdigest()
    (tmp_path / "kept" / "store" / "submissions" / ann).write_bytes(b"other bytes")
    code, cards, said = grade(resume=True)
    assert (code, learners(cards)) == (3, ["ben"])
    assert [f"submissions/{ann} is damaged" in line for line in said if line.startswith("ladder:")] == [True]
    code, cards, _ = grade()  # the inbox still has it
    assert (code, learners(cards)) == (0, ["ann", "ben"])


def test_an_unfinished_run_is_mentioned_and_the_inbox_read(packer, inbox, grade, store):
    store.put_note("autumn.plan.json", "{}")
    packer.put(inbox, "ann")
    with pytest.raises(InputError, match="run without --resume"):
        grade(resume=True)
    _, cards, said = grade()
    assert learners(cards) == ["ann"]
    assert said[0] == "note: an earlier run was not finished (--resume goes on with it); the inbox is read anew"
    assert store.note("autumn.plan.json") is None


def test_an_error_of_ours_is_in_no_ledger_and_is_tried_again(small, packer, inbox, grade, cohort, ledger):
    level = small.added("31-odd")
    notebook = level.folder / "notebooks" / "01-add.ipynb"
    right = notebook.read_text()
    notebook.write_text(right.replace('fresh(\\"01-add\\", 1)', 'fresh(\\"01-add\\", 99)'))
    assert notebook.read_text() != right
    path = packer.put(inbox, "ann", name="31-odd.tar.gz")
    path.write_bytes(packer_without_label(packer))
    code, cards, said = grade()
    assert code == 3
    assert "error" in {check["outcome"] for check in cards[0]["checks"]}
    assert list(ledger.entries(kind=Kind.SCORECARD)) == []
    notebook.write_text(right)
    code, cards, said = grade(resume=True)
    assert code == 0
    assert said[0].startswith("note: going on with the unfinished run")
    assert len(list(ledger.standing())) == 1


def packer_without_label(packer):
    from grader.workspace.pack import archive_of

    return archive_of(packer.trees["01-add"].placed("work"))


def test_two_runs_at_once_enter_each_once(packer, inbox, grade, cohort, ledger):
    for learner in ("ann", "ben"):
        packer.put(inbox, learner)
    codes = []

    def other():
        codes.append(grade_cohort(cohort, lambda: found_in(inbox), How(as_json=True, exercises=ONE)))

    thread = threading.Thread(target=other)
    thread.start()
    codes.append(grade()[0])
    thread.join()
    assert codes == [0, 0]
    assert len(list(ledger.entries(kind=Kind.SCORECARD))) == 2
    assert list(ledger.verify()) == []


def test_a_database_that_is_gone_for_a_while_loses_nothing(packer, inbox, grade, cohort, ledger):
    packer.put(inbox, "ann")
    lock = sqlite3.connect(cohort.ledger, check_same_thread=False, isolation_level=None)

    def found():
        yield from found_in(inbox)
        lock.execute("BEGIN EXCLUSIVE")
        threading.Timer(7.0, lambda: lock.execute("ROLLBACK")).start()

    began = time.monotonic()
    code, cards, _ = grade(found=found)
    assert time.monotonic() - began >= 7
    assert (code, learners(cards)) == (0, ["ann"])
    assert len(list(ledger.standing())) == 1
    lock.close()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", place], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_said_and_the_run_goes_on_when_there_is_room(packer, inbox, grade, cohort, small_disk, ledger):
    packer.put(inbox, "ann")
    packer.put(inbox, "ben")
    kept = dataclasses.replace(cohort, store=str(small_disk))
    Store(kept.store).put_result("0" * 64, "")
    filler = small_disk / "filler"

    def found():
        yield from found_in(inbox)
        filler.write_bytes(b"")
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
        os.truncate(filler, filler.stat().st_size - 4096)  # room for the plan, and for no result

    with pytest.raises(GraderFault) as fault:
        grade(found=found, cohort=kept, jobs=1)
    said = str(fault.value)
    assert "No space left on device" in said
    assert said.endswith("0 of 2 are graded and kept, and --resume goes on with the rest")
    filler.unlink()
    code, cards, _ = grade(cohort=kept, resume=True)
    assert (code, learners(cards)) == (0, ["ann", "ben"])
    assert len(list(ledger.standing())) == 2


def test_names_that_would_share_a_folder_do_not(packer, inbox, grade, cohort):
    for name in ("a b", "a_b", 'a"b'):
        packer.put(inbox, name)
    grade()
    pages = list(cohort.out.glob("*/01-small.json"))
    assert sorted(json.loads(page.read_text())["learner"] for page in pages) == ["a b", 'a"b', "a_b"]


def test_the_ledger_of_another_cohort_is_not_touched(packer, inbox, grade, cohort):
    packer.put(inbox, "ann")
    grade()
    grade(cohort=dataclasses.replace(cohort, name="spring"))
    for name in ("autumn", "spring"):
        with open_ledger(cohort.ledger, name) as ledger:
            assert len(list(ledger.standing())) == 1


def test_who_of_the_roster_is_missing_is_named(packer, inbox, grade, cohort):
    packer.put(inbox, "ann", "01-add")
    packer.put(inbox, "ben").write_bytes(b"no archive")
    named = dataclasses.replace(cohort, roster=("ann", "ben", "cem"))
    code, _, said = grade(cohort=named)
    assert code == 2
    assert "note: 01-small: nothing to grade from 2 of 3 on the roster: ben, cem" in said
    assert not any("on the roster" in line for line in grade()[2])  # without a roster nobody is missing
