"""The command line as a person meets it: exit codes, one clear line, nothing else."""

import contextlib
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from grader import catalog, cli
from grader.cohort import run as running
from grader.content import gate
from grader.errors import NoWalls

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "scorecard.schema.json").read_text())


@pytest.fixture
def ladder(small, tmp_path, monkeypatch):
    """Runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        return CliRunner().invoke(cli.main, [str(word) for word in words])

    return run


@pytest.fixture
def walled(real_walls, monkeypatch):
    """Commands use the walls that are open already."""
    for module in (running, gate):
        monkeypatch.setattr(module, "open_walls", lambda: contextlib.nullcontext(real_walls))


def complaint(done, code):
    """The one line on stderr of a command that ended with ``code``."""
    assert done.exit_code == code, done.output
    lines = [line for line in done.stderr.splitlines() if line.startswith(("ladder:", "Error:"))]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.output
    return lines[0]


@pytest.fixture
def workspace(ladder, tmp_path):
    assert ladder("start", "1", "work").exit_code == 0
    return tmp_path / "work"


# -- without walls


def test_levels_are_listed(ladder):
    done = ladder("levels")
    assert done.exit_code == 0
    assert "01-small" in done.stdout
    assert [level["id"] for level in json.loads(ladder("levels", "--json").stdout)][0] == "01-small"


@pytest.mark.parametrize("words", [("start", "9"), ("start", "nine", "x"), ("grade", "x", "--level", "77"), ("content", "check", "88")])  # fmt: skip  # noqa: E501
def test_a_level_that_is_not_there(ladder, words):
    line = complaint(ladder(*words), 2)
    assert "there is no level" in line
    assert "01-small" in line


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("grade",),
        ("start",),
        ("grade", "x", "--jobs", "0"),
        ("grade", "x", "--jobs", "many"),
        ("grade", "x", "--no-such-option"),
        ("content", "check", "--seeds", "0"),
        ("hint",),
    ],
)
def test_wrong_words_are_a_usage_error(ladder, words):
    done = ladder(*words)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_start_refuses_a_folder_with_something_in_it(ladder, workspace):
    assert "not empty" in complaint(ladder("start", "1", "work"), 2)


@pytest.mark.parametrize("command", ["pack", "check"])
def test_a_folder_that_is_no_workspace(ladder, tmp_path, command):
    (tmp_path / "empty").mkdir()
    assert "empty" in complaint(ladder(command, "empty"), 2)
    complaint(ladder(command, "nowhere"), 2)


def test_two_submissions_cannot_be_one_learners(ladder):
    assert "--learner" in complaint(ladder("grade", "a", "b", "--learner", "ada"), 2)


@pytest.mark.parametrize("key", ["nowhere.key", "bad.key"])
def test_a_key_that_cannot_be_read(ladder, tmp_path, key):
    (tmp_path / "bad.key").write_text("not a key")
    assert key in complaint(ladder("grade", "x", "--key", key), 2)


def test_a_fault_of_ours_is_one_line_without_debug_and_a_traceback_with_it(ladder, monkeypatch):
    def broken():
        raise RuntimeError("something of ours")

    monkeypatch.setattr(catalog, "all_levels", broken)
    line = complaint(ladder("levels"), 3)
    assert "fault of ladder itself: RuntimeError: something of ours" in line
    done = ladder("--debug", "levels")
    assert isinstance(done.exception, RuntimeError)
    assert "Traceback" not in done.output


def test_no_walls_refuses_with_3(ladder, workspace, monkeypatch):
    def none():
        raise NoWalls("learner code cannot be confined here")

    monkeypatch.setattr(running, "open_walls", none)
    assert "cannot be confined" in complaint(ladder("grade", "work"), 3)


# -- grading


@pytest.mark.walls
def test_start_pack_grade_gives_nothing_and_names_every_check(ladder, workspace, walled):
    packed = ladder("pack", "work")
    assert packed.exit_code == 0
    assert packed.stdout == "work-01-small.tar.gz\n"
    done = ladder("grade", "work-01-small.tar.gz", "--json", "--out", "out")
    assert done.exit_code == 0, done.output
    (line,) = done.stdout.splitlines()
    card = json.loads(line)
    jsonschema.validate(card, SCHEMA)
    assert card["points"] == 0
    assert {check["id"] for check in card["checks"]} >= {check.id for check in catalog.find_level("1").checks}
    assert Path("out/cohort.csv").is_file()
    assert json.loads(Path("out/learner/01-small.json").read_text()) == card
    assert Path("out/learner/01-small.html").is_file()
    assert "Traceback" not in done.stderr


@pytest.mark.walls
def test_a_folder_is_graded_as_its_archive(ladder, workspace, walled):
    ladder("pack", "work")
    cards = [json.loads(line) for line in ladder("grade", "work", "work-01-small.tar.gz", "--json").stdout.splitlines()]
    assert len({card["submission_digest"] for card in cards}) == 1
    assert len(cards) == 2


@pytest.mark.walls
def test_without_json_a_person_reads_it(ladder, workspace, walled):
    done = ladder("grade", "work")
    assert done.exit_code == 0
    assert "Everything is doubled" in done.stdout
    assert "namespaces" in done.stderr or "container" in done.stderr


def _tar(**files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return raw.getvalue()


def _zip_of_nothing():
    raw = io.BytesIO()
    zipfile.ZipFile(raw, "w").close()
    return raw.getvalue()


BAD = {
    "text.tar.gz": b"no archive",
    "empty.tar.gz": b"",
    "only-gzip.tar.gz": gzip.compress(b"no tar"),
    "nothing.tar.gz": _tar(),
    "nothing.zip": _zip_of_nothing(),
    "no-work.tar.gz": _tar(work__readme=b"x"),
    "no-level.tar.gz": _tar(work__a=b"x", **{"work__n.ipynb": b"{}"}),
    "other-level.tar.gz": _tar(**{"w__.ladder.toml": b'format = 1\nlevel = "07-none"', "w__n.ipynb": b"{}"}),
    "newer.tar.gz": _tar(**{"w__.ladder.toml": b"format = 99", "w__n.ipynb": b"{}"}),
    "upwards.tar.gz": _tar(**{"..__n.ipynb": b"{}"}),
    "absolute.tar.gz": _tar(**{"__etc__n.ipynb": b"{}"}),
}


@pytest.mark.parametrize("name", [*BAD, "nowhere.tar.gz", "cut.tar.gz"])
def test_bad_input_is_2_and_one_line_that_names_the_file(ladder, tmp_path, monkeypatch, name):
    monkeypatch.setattr(running, "open_walls", lambda: contextlib.nullcontext(None))
    if name == "cut.tar.gz":
        whole = _tar(**{"w__notebooks__01-add.ipynb": bytes(range(256)) * 400})
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    elif name in BAD:
        (tmp_path / name).write_bytes(BAD[name])
    done = ladder("grade", name, "--json")
    assert name in complaint(done, 2)
    assert done.stdout == ""


def test_a_file_name_that_is_no_text(ladder, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "open_walls", lambda: contextlib.nullcontext(None))
    (tmp_path / "bad\udcff.tar.gz").write_bytes(b"x")
    complaint(ladder("grade", "bad\udcff.tar.gz"), 2)


@pytest.mark.walls
def test_a_batch_with_one_bad_archive_finishes_first(ladder, workspace, tmp_path, walled):
    (tmp_path / "bad.tar.gz").write_bytes(b"no archive")
    done = ladder("grade", "bad.tar.gz", "work", "--json", "--out", "out")
    assert "bad.tar.gz" in complaint(done, 2)
    assert len(done.stdout.splitlines()) == 1
    assert "graded 2 of 2" in done.stderr
    assert Path("out/cohort.csv").is_file()


@pytest.mark.walls
def test_an_error_of_ours_is_3_with_its_scorecard(ladder, small, tmp_path, walled):
    level = small.added("11-odd-check")
    file = level.folder / "checks" / "test_tool.py"
    file.write_text(file.read_text().replace("case = submission.fresh(1)", "case = submission.fresh(99)"))
    assert ladder("start", "11", "odd").exit_code == 0
    done = ladder("grade", "odd", "--json")
    assert done.exit_code == 3
    card = json.loads(done.stdout)
    assert {check["points"] for check in card["checks"] if check["outcome"] == "error"} == {None}


def test_a_place_to_write_that_is_a_file_is_the_users_to_mend(ladder, workspace, tmp_path, monkeypatch):
    (tmp_path / "out").write_text("a file")
    monkeypatch.setattr(running, "open_walls", lambda: contextlib.nullcontext(None))
    assert "out" in complaint(ladder("grade", "work", "--out", "out"), 2)


# -- on the learner's own machine


def test_check_says_what_fails_and_ends_with_1(ladder, workspace):
    (workspace / "notebooks" / "01-add.ipynb").write_text("no notebook")  # so that nothing has to run
    (workspace / "tool").rename(workspace / "elsewhere")
    done = ladder("check", "work", "--json")
    assert done.exit_code == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["id"], line["outcome"]) for line in lines] == [
        ("01-small/01-add/doubles-two", "failed"),
        ("tool/tests", "failed"),
    ]


def test_hints_come_one_by_one(ladder, workspace):
    said = [ladder("hint", "01-add/doubles", "--workspace", "work").stdout for _ in range(2)]
    assert "Arrays can be multiplied." in said[0]
    assert "values * 2" in said[1]
    complaint(ladder("hint", "01-add/nothing", "--workspace", "work"), 2)
