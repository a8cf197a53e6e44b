import dataclasses
import os
import tarfile
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest

from grader import intake
from grader.cohort import inbox as inboxes
from grader.cohort.arrivals import Arrival, collect
from grader.cohort.inbox import Found, Taken, found_in
from grader.cohort.settings import Terms
from grader.cohort.store import StoreFault
from grader.errors import InputError
from grader.intake.label import FILE
from grader.ledger import Kind, open_ledger
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.pack import archive_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEVEL = "01-small"


def at(path, moment):
    """Date a file, or all files of a folder."""
    for one in [path, *path.rglob("*")] if path.is_dir() else [path]:
        os.utime(one, (moment.timestamp(), moment.timestamp()))
    return path


@pytest.fixture
def put(packer, inbox):
    """Lays a submission into the inbox, handed in some hours before NOW."""

    def lay(learner, hours_ago, **more):
        return at(packer.put(inbox, learner, **more), NOW - timedelta(hours=hours_ago))

    return lay


@pytest.fixture
def read(inbox, cohort, store, ledger):
    """Collects the inbox, now or some hours later, under terms of the test's own."""

    def collected(hours=0, ledger=ledger, **terms):
        changed = dataclasses.replace(cohort, **terms)
        return collect(found_in(inbox), changed, store, ledger, lambda: NOW + timedelta(hours=hours))

    return collected


def entries(ledger):
    return [(one.learner, one.body["source"], one.body["counts"]) for one in ledger.entries(kind=Kind.ARRIVAL)]


def test_what_arrives_is_kept_and_entered_once(put, read, store, ledger, packer):
    path = put("ann", 3)
    for hours in (0, 5):
        (arrival,) = read(hours).arrivals
        assert arrival == Arrival.of(ledger.find(Kind.ARRIVAL, arrival.key))
        assert (arrival.learner, arrival.level, arrival.late, arrival.counts) == ("ann", LEVEL, False, True)
        assert arrival.arrived == NOW - timedelta(hours=3)
        assert store.get(arrival.digest) == path.read_bytes()
        assert arrival.tree_digest == intake.read_submission(path).digest
        assert ledger.head()[0] == 1
        at(path, NOW + timedelta(hours=4))  # copied about: the same bytes are no later for it


def test_a_folder_is_kept_as_the_archive_of_its_content(packer, inbox, tmp_path, read, store):
    tree = intake.read_archive(packer.archive("ann", "tool"), "x").tree
    for place in (inbox / "ann" / "1", tmp_path / "elsewhere"):
        tree.write(place)
        at(place, NOW)
    (arrival,) = read().arrivals
    assert arrival.tree_digest == tree.digest
    (same,) = found_in_folder(tmp_path / "elsewhere")
    assert same.take().data == store.get(arrival.digest)


def found_in_folder(folder):
    parent = folder.parent / "other-inbox" / "ann"
    parent.mkdir(parents=True)
    folder.rename(parent / LEVEL)
    return found_in(parent.parent)


def test_the_latest_valid_one_counts_and_the_earlier_are_kept(put, read, store, ledger):
    put("ann", 9, note="first", name="1.tar.gz")
    put("ann", 5, note="second", name="01-small.zip.tar.gz")
    bad = put("ann", 1, name="01-small.tar.gz")
    bad.write_bytes(bad.read_bytes()[:200])
    at(bad, NOW - timedelta(hours=1))
    got = read()
    assert [one.source for one in got.arrivals] == ["ann/01-small.zip.tar.gz"]
    assert [one.found.source for one in got.rejected] == ["ann/01-small.tar.gz"]
    assert entries(ledger) == [
        ("ann", "ann/1.tar.gz", True), ("ann", "ann/01-small.zip.tar.gz", True), ("ann", "ann/01-small.tar.gz", False)
    ]  # fmt: skip
    assert got.notes == ("ann: 3 submissions of 01-small; ann/01-small.zip.tar.gz counts, the last one",)
    assert got.arrivals[0].attempt == 2  # the bad one uses up none
    kept = [one.body["digest"] for one in ledger.entries(kind=Kind.ARRIVAL)]
    assert store.get(kept[0]) != store.get(kept[1])


def test_a_bad_one_in_its_place_does_not_displace_a_good_one(put, read):
    put("ann", 9)
    first = read().arrivals
    bad = put("ann", 1)
    bad.write_bytes(b"no archive")
    at(bad, NOW - timedelta(hours=1))
    got = read(2)
    assert got.arrivals == first
    assert len(got.rejected) == 1
    assert got.notes[-1] == (
        "ann: ann/01-small.tar.gz is refused; the submission of 01-small that arrived 2026-11-20 03:00 UTC still counts"
    )


def test_a_learner_may_go_back_to_an_earlier_one(put, read):
    put("ann", 9, note="a")
    first = read().arrivals[0]
    put("ann", 5, note="b")
    assert read(1).arrivals[0].digest != first.digest
    put("ann", -2, note="a")
    again = read(3).arrivals[0]
    assert again.digest == first.digest
    assert again.arrived == NOW + timedelta(hours=2)
    assert read(4).arrivals[0] == again


def test_an_older_one_that_turns_up_later_does_not_count(put, read):
    put("ann", 2, note="new", name="1.tar.gz")
    counts = read().arrivals
    put("ann", 7, note="old", name="01.tar.gz")
    assert read(1).arrivals == counts


def test_late_ones_are_marked_or_refused(put, read, ledger):
    due = {LEVEL: Terms(due=NOW - timedelta(hours=5))}
    put("ann", 6, note="in time", name="1.tar.gz")
    put("ann", 1, note="late", name="01.tar.gz")
    put("ben", 3)
    got = read(levels=due, refuse_late=True)
    assert [(one.learner, one.source, one.late) for one in got.arrivals] == [("ann", "ann/1.tar.gz", False)]
    assert "ben: 01-small arrived 2 h 0 min late and is not graded" in got.notes
    # The mentor moves the deadline: what was refused counts now, and is entered as such.
    moved = read(levels={LEVEL: Terms(due=NOW)}, refuse_late=True)
    assert [one.source for one in moved.arrivals] == ["ann/01.tar.gz", "ben/01-small.tar.gz"]
    count = ledger.head()[0]
    read(levels={LEVEL: Terms(due=NOW)}, refuse_late=True)
    assert ledger.head()[0] == count


def test_accepted_late_ones_say_so(put, read):
    put("ann", 1)
    got = read(levels={LEVEL: Terms(due=NOW - timedelta(days=3))})
    assert [(one.late, one.counts) for one in got.arrivals] == [(True, True)]
    assert got.notes == ("ann: 01-small arrived 2 days late; it is graded and marked late",)


def test_grace_is_no_lateness(put, read):
    put("ann", 1)
    terms = {LEVEL: Terms(due=NOW - timedelta(hours=2))}
    assert not read(levels=terms, grace=timedelta(minutes=60)).arrivals[0].late


def test_a_date_in_the_future_is_taken_as_now(put, read):
    put("ann", -100)
    got = read()
    assert got.arrivals[0].arrived == NOW
    assert ["is dated in the future" in note for note in got.notes] == [True]
    assert read(200).arrivals[0].arrived == NOW


def test_a_clock_that_jumped_back_is_said_and_no_entry_is_dated_before_another(put, read, cohort):
    put("ann", 3)
    with open_ledger(cohort.ledger, cohort.name, clock=lambda: NOW) as ledger:
        read(ledger=ledger)
        put("ben", 1)
        got = read(hours=-24, ledger=ledger)
        assert ["23 h" in note or "24 h" in note for note in got.notes] == [True]
        assert got.arrivals[1].arrived == NOW - timedelta(hours=1)
        assert list(ledger.verify()) == []


@pytest.mark.parametrize("name", ["o'neil", 'a "b"', "Zoë 🎓", "-rf", "a;b|c", "ann\u0301", "名前"])
def test_odd_names_are_names(packer, inbox, read, ledger, name):
    at(packer.put(inbox, name), NOW)
    (arrival,) = read().arrivals
    assert arrival.learner == unicodedata.normalize("NFC", name)
    assert list(ledger.verify()) == []


@pytest.mark.parametrize("name", [b"bad\xff", b"two\nlines", b"\x1b[2J", b" "])
def test_a_name_that_is_no_line_of_text_is_refused_in_one(packer, inbox, read, name, ledger):
    folder = Path(os.fsdecode(os.fsencode(inbox) + b"/" + name))
    folder.mkdir(parents=True)
    (folder / "1.tar.gz").write_bytes(packer.archive("x"))
    got = read()
    assert got.arrivals == ()
    (refused,) = got.rejected
    assert str(refused.error).isprintable()
    str(refused.error).encode()
    assert ledger.head()[0] == 0


def test_a_slash_in_a_name_is_refused(packer, cohort, store, ledger):
    found = Found("a/b", LEVEL, "a/b", "line 2", lambda: Taken(packer.archive("x"), 0.0))
    got = collect([found], cohort, store, ledger, lambda: NOW)
    assert "holds a /" in str(got.rejected[0].error)


def test_one_learner_spelled_in_two_ways_is_one(packer, inbox, read):
    at(packer.put(inbox, "Jos\u00e9", note="a"), NOW - timedelta(hours=2))
    at(packer.put(inbox, "Jose\u0301", note="b"), NOW)
    got = read()
    assert [one.learner for one in got.arrivals] == ["Jos\u00e9"]
    assert got.arrivals[0].arrived == NOW


def test_a_stranger_is_refused(put, read):
    put("eve", 1)
    got = read(roster=("ann",))
    assert got.arrivals == ()
    assert "'eve' is not on the roster" in str(got.rejected[0].error)


def test_a_level_must_be_said_somewhere(inbox, read, packer):
    at(packer.put(inbox, "ann", name="homework.tar.gz"), NOW)  # its label says
    (inbox / "ben").mkdir()
    (inbox / "ben" / "homework.tar.gz").write_bytes(pack_without_label(packer))
    at((inbox / "ben" / "homework.tar.gz"), NOW)
    got = read()
    assert [one.learner for one in got.arrivals] == ["ann"]
    assert "nothing says which level" in str(got.rejected[0].error)


def pack_without_label(packer):
    from grader.workspace.pack import archive_of

    return archive_of(packer.trees["starter"].placed("work"))


def test_a_name_inside_that_differs_is_told(packer, inbox, read):
    path = packer.put(inbox, "ann")
    path.write_bytes(packer.archive("ben"))
    at(path, NOW)
    got = read()
    assert [one.learner for one in got.arrivals] == ["ann"]
    assert "names 'ben' inside; graded as 'ann'" in got.notes[0]


def test_what_vanishes_while_it_is_read_is_one_line(put, inbox, cohort, store, ledger):
    put("ann", 1)
    gone = put("ben", 1)
    listing = list(found_in(inbox))
    gone.unlink()
    got = collect(listing, cohort, store, ledger, lambda: NOW)
    assert [one.learner for one in got.arrivals] == ["ann"]
    assert "ben/01-small.tar.gz: cannot be read: No such file" in str(got.rejected[0].error)


def test_a_file_of_a_folder_that_vanishes_while_it_is_read_is_one_line(put, packer, inbox, read, monkeypatch):
    put("ann", 1)
    intake.read_archive(packer.archive("ben"), "x").tree.write(inbox / "ben" / "1")
    real = intake.folder._file

    def saved_anew(path, name):
        if path.suffix == ".ipynb":
            path.unlink()
        return real(path, name)

    monkeypatch.setattr(intake.folder, "_file", saved_anew)
    got = read()
    assert [one.learner for one in got.arrivals] == ["ann"]
    assert "ben/1: cannot be read at 'notebooks/01-add.ipynb': No such file" in str(got.rejected[0].error)


HUGE = {
    "format": b"format = 0x" + b"F" * 4000 + b"\nlevel = '01-small'",
    "level": b"format = 1\nlevel = 0x" + b"F" * 4000,
}


@pytest.mark.parametrize("field", HUGE)
def test_a_number_that_python_will_not_print_stops_nobody_else(field, put, packer, read):
    packer.trees["huge"] = Tree({FILE: HUGE[field]}).laid_over(packer.trees["starter"])
    put("ann", 1)
    put("ben", 1).write_bytes(archive_of(packer.trees["huge"].placed("ben")))
    got = read()
    assert [one.learner for one in got.arrivals] == ["ann"]
    assert "ben/01-small.tar.gz: has a .ladder.toml " in str(got.rejected[0].error)


def test_a_size_of_5000_digits_stops_nobody_else(put, read):
    put("ann", 1)
    entry = tarfile.TarInfo("ben/notes.txt")
    entry.pax_headers = {"size": "9" * 5000}
    put("ben", 1).write_bytes(entry.tobuf(tarfile.PAX_FORMAT))
    got = read()
    assert [one.learner for one in got.arrivals] == ["ann"]
    assert "ben/01-small.tar.gz: is cut short or damaged" in str(got.rejected[0].error)


def test_what_nobody_foresaw_in_one_submission_stops_nobody_else(put, inbox, cohort, store, ledger, monkeypatch):
    for learner in ("ann", "ben", "cem"):
        put(learner, 1, note=learner)
    listing = list(found_in(inbox))
    listing[1] = dataclasses.replace(listing[1], take=lambda: 1 // 0)
    real = intake.Label.parse

    def stumbling(data):
        if b"cem" in data:
            raise RecursionError("too deep")
        return real(data)

    monkeypatch.setattr(intake.Label, "parse", stumbling)
    got = collect(listing, cohort, store, ledger, lambda: NOW)
    assert [one.learner for one in got.arrivals] == ["ann"]
    said = [str(one.error) for one in got.rejected]
    assert f"{inbox}/ben/01-small.tar.gz: cannot be read: ZeroDivisionError: " in said[0]
    assert f"{inbox}/cem/01-small.tar.gz: cannot be read: RecursionError: 'too deep'" in said[1]


def test_a_store_that_cannot_be_written_ends_it(put, read, store, monkeypatch):
    put("ann", 1)
    monkeypatch.setattr(store, "put", mock.Mock(side_effect=StoreFault("the disk is full")))
    with pytest.raises(StoreFault, match="the disk is full"):
        read()


def test_a_link_that_takes_a_files_place_is_not_followed(put, inbox):
    ann, ben = put("ann", 1), put("ben", 1)
    listing = {one.learner: one for one in found_in(inbox)}
    ben.unlink()
    ben.symlink_to(ann)
    with pytest.raises(InputError, match="cannot be read"):
        listing["ben"].take()


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_time(put, inbox, monkeypatch):
    path = put("ann", 1)
    (found,) = found_in(inbox)
    real = os.fstat

    def growing(descriptor):
        with path.open("ab") as file:
            file.write(b"\0")
        return real(descriptor)

    monkeypatch.setattr(inboxes.os, "fstat", growing)
    with pytest.raises(InputError, match="was being changed while it was read"):
        found.take()
    monkeypatch.undo()
    assert found.take().data == path.read_bytes()


def test_a_folder_that_changes_while_it_is_read_is_left_for_the_next_time(packer, inbox, monkeypatch):
    folder = inbox / "ann" / "1"
    intake.read_archive(packer.archive("ann"), "x").tree.write(folder)
    (found,) = found_in(inbox)
    real = intake.read_submission

    def edited(path):
        read = real(path)
        with (folder / "notebooks" / "01-add.ipynb").open("ab") as file:
            file.write(b" ")
        return read

    monkeypatch.setattr(inboxes.intake, "read_submission", edited)
    with pytest.raises(InputError, match="was being changed"):
        found.take()


def test_an_nbgrader_exchange_folder(packer, tmp_path, cohort, store, ledger):
    course = tmp_path / "exchange" / "mlops"
    (course / "outbound").mkdir(parents=True)
    notebook = packer.trees["01-add"].files["notebooks/01-add.ipynb"]
    for name in (
        "ann+01-small+2026-11-19 08:00:00.000000 UTC+Zm9v", "ben+01-small+2026-11-19 09:00:00 UTC", "notes",
        "cem+07-other+2026-11-19 09:00:00 UTC",
    ):  # fmt: skip
        folder = course / "inbound" / name
        folder.mkdir(parents=True)
        (folder / "01-add.ipynb").write_bytes(notebook)
        (folder / "timestamp.txt").write_text(name.split("+")[2] if "+" in name else "")
        at(folder, NOW - timedelta(hours=4))
    for inbox in (tmp_path / "exchange", course, course / "inbound"):
        got = collect(found_in(inbox), cohort, store, ledger, lambda: NOW)
        assert [(one.learner, one.level) for one in got.arrivals] == [("ann", LEVEL), ("ben", LEVEL)]
        assert len(got.rejected) == 1
    tree = intake.read_archive(store.get(got.arrivals[0].digest), "x", LEVEL).tree
    assert tree.files["notebooks/01-add.ipynb"] == notebook


def test_a_workspace_made_with_another_key_is_said(put, read, ledger):
    put("ann", 3)
    put("ben", 2, key=Key.new())
    notes = read().notes
    assert len(notes) == 1 and "ben" in notes[0] and "not this cohort's (practice)" in notes[0]
    assert [one.learner for one in ledger.entries(kind=Kind.ARRIVAL)] == ["ann", "ben"]


def test_a_key_that_nothing_was_issued_under_is_the_wrong_one(put, read, ledger):
    put("ann", 3, key=Key.new())
    put("ben", 2, key=Key.new())
    with pytest.raises(InputError, match="no submission here was issued under the key that is to grade it"):
        read()
    assert ledger.head()[0] == 0  # nothing is recorded: the right key is still to come


def test_an_archive_that_lies_in_no_learners_folder_is_not_lost_without_a_word(put, read, inbox, packer):
    put("ann", 3)
    (inbox / "ben-01-small.tar.gz").write_bytes(packer.archive("ben"))
    (inbox / "notes.txt").write_text("mine")
    collected = read()
    assert [one.learner for one in collected.arrivals] == ["ann"]
    (refused,) = collected.rejected
    place = f"lies in no learner's folder; put it into {inbox}/<learner>/"
    assert str(refused.error) == f"'ben-01-small.tar.gz' {place}"
