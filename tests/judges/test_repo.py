"""The repo judge: pytest in this process runs checks against real workers behind real walls."""

import sys
import textwrap

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook

from grader.errors import GraderFault
from grader.judges import repo as judging
from grader.model import Check, Exercise, Limits, Outcome, SkipReason
from grader.tree import Tree

pytestmark = pytest.mark.walls
LIMITS = Limits(seconds=60, check_seconds=3)
REPO = {"repo/pkg/__init__.py": b"", "repo/pkg/add.py": b"def add(a, b):\n    return a + b\n", "repo/note.txt": b"hi"}


@pytest.fixture
def judge(workers, tmp_path, monkeypatch):
    """Judges REPO with checks: a dict of name to (body, requires); what came of each, by name, in the order told."""
    (tmp_path / "cases" / "repo" / "0" / "data" / "raw").mkdir(parents=True)
    (tmp_path / "cases" / "repo" / "0" / "data" / "raw" / "given.txt").write_text("given")
    (tmp_path / "cases" / "repo" / "0" / "truth").mkdir()
    # the pytest that runs this would rewrite the asserts of the one inside
    plain = [finder for finder in sys.meta_path if not isinstance(finder, AssertionRewritingHook)]
    monkeypatch.setattr(sys, "meta_path", plain)

    def run(
        checks, files=REPO, conftest="", only=None, limits=LIMITS, exercise="repo", other="", folder="checks", attempt=1
    ):
        place, cases = tmp_path / folder, tmp_path / "cases"
        place.mkdir(exist_ok=True)
        text, known = "import os, pytest\n", []
        for name, body in checks.items():
            body, requires = body if type(body) is tuple else (body, ())
            marks = f"points=2, skill='k', requires={['test_' + one for one in requires]!r}"
            text += f"@pytest.mark.check({marks})\ndef test_{name}(submission):\n    '''{name.title()}.'''\n"
            text += textwrap.indent(body, "    ") + "\n"
            slug = name.replace("_", "-")
            needs = tuple(f"l/{exercise}/{one.replace('_', '-')}" for one in requires)
            known.append(Check(f"l/{exercise}/{slug}", exercise, f"{name.title()}.", "k", 2, True, None, needs))
        (place / "test_checks.py").write_text(text)
        (place / "test_other.py").write_text("import pytest\n" + other)
        (place / "conftest.py").write_text(conftest)
        made = Exercise(exercise, "repo", "R", 1, "gentle", "x", 0, limits, tuple(known))
        told = []
        judging.judge(made, place, frozenset(), Tree(files), cases, workers, "seed", told.append, only, attempt)
        return {line.id.rsplit("/", 1)[1].replace("-", "_"): line for line in told}

    return run


def outcomes(lines):
    return {name: line.outcome.value for name, line in lines.items()}


def test_checks_pass_and_fail_with_the_authors_message(judge):
    lines = judge(
        {
            "passes": "assert submission.module('pkg.add').add(1, 2) == 3",
            "fails": "assert submission.module('pkg.add').add(1, 2) == 4, 'Tried: t.\\nCame: c.\\nLook: l.'",
            "bare": "x = submission.module('pkg.add').add(1, 2)\nassert x == 4711",
        }
    )
    assert outcomes(lines) == {"passes": "passed", "fails": "failed", "bare": "failed"}
    assert lines["fails"].message == "Tried: t.\nCame: c.\nLook: l."
    assert lines["bare"].message.startswith("Tried: Bare.\nCame: ")
    assert "4711" not in lines["bare"].message
    assert lines["passes"].points == 2


def test_a_note_stands_under_a_check_that_passes_and_only_there(judge):
    note = "submission.note('Half the time of a bare one.')\n"
    lines = judge({"passes": note, "fails": note + "assert False, 'Tried: t.\\nCame: c.\\nLook: l.'", "next": "pass"})
    said = {name: line.message for name, line in lines.items()}
    assert said == {"passes": "Half the time of a bare one.", "fails": "Tried: t.\nCame: c.\nLook: l.", "next": ""}


def test_a_check_is_told_the_attempt(judge):
    said = "submission.note(str(submission.attempt))"
    assert [judge({"one": said})["one"].message, judge({"one": said}, attempt=3)["one"].message] == ["1", "3"]


def test_each_check_has_a_repo_of_its_own(judge, workers):
    write = "assert not submission.files.exists('new.txt')\nsubmission.files.write('new.txt', b'x')\n"
    write += "submission.files.remove('note.txt')\nassert submission.files.read('new.txt') == b'x'"
    lines = judge({"one": write, "two": write, "three": "assert submission.submitted['note.txt'] == b'hi'"})
    assert set(outcomes(lines).values()) == {"passed"}
    assert workers.started == 2  # the third asked for none


def test_the_files_fixture(judge):
    body = """
    assert submission.files.list('**/*.py') == ['pkg/__init__.py', 'pkg/add.py']
    assert submission.files.read('raw/given.txt') == b'given'
    assert submission.run(['cat', 'raw/given.txt']).stdout == b'given'
    with pytest.raises(FileNotFoundError):
        submission.files.read('nowhere.txt')
    """
    assert outcomes(judge({"files": textwrap.dedent(body)})) == {"files": "passed"}


def test_what_is_required_comes_first_and_decides(judge):
    lines = judge(
        {
            "last": ("assert True", ("middle",)),
            "middle": ("assert True", ("first",)),
            "first": "submission.files.read('nowhere')",
            "free": "assert submission.files.exists('note.txt')",
        }
    )
    assert outcomes(lines) == {"first": "failed", "middle": "skipped", "last": "skipped", "free": "passed"}
    assert lines["last"].reason is SkipReason.PREREQUISITE
    assert "Middle." in lines["last"].message


def test_any_order_of_the_checks_gives_the_same_outcomes(judge):
    checks = {
        "writes": "submission.files.write('note.txt', b'spoilt')\nassert submission.files.exists('note.txt')",
        "reads": "assert submission.files.read('note.txt') == b'hi'",
        "changes_module": "m = submission.module('pkg.add')\nassert m.add([1], [2]) == [1, 2]",
        "draws": "import random, numpy\nfirst = random.random(), numpy.random.rand()\n"
        "assert first == (0.1, 0.2), f'Tried: t.\\nCame: {first}.\\nLook: l.'",
        "fails": "assert submission.files.read('note.txt') == b'bye', 'Tried: t.\\nCame: c.\\nLook: l.'",
        "builds": ("assert True", ("fails",)),
    }
    one = judge(checks, folder="one")
    other = judge(dict(reversed(checks.items())), folder="other")
    assert {name: (line.outcome, line.message) for name, line in one.items()} == {
        name: (line.outcome, line.message) for name, line in other.items()
    }


def test_a_tool_that_is_not_here_is_no_failure(judge):
    lines = judge({"needs": "pytest.skip('no docker here')", "builds": ("assert True", ("needs",))})
    assert lines["needs"].outcome is Outcome.SKIPPED
    assert lines["needs"].reason is SkipReason.TOOL
    assert lines["needs"].message == "no docker here"
    assert (lines["needs"].points, lines["needs"].max_points) == (0, 2)


SWALLOWED = {
    "comparison": "h = submission.module('pkg.add')\ntry:\n    h == 1\nexcept BaseException:\n    pass",
    "death": "h = submission.module('die')\ntry:\n    h.die()\nexcept BaseException:\n    pass",
    "time": "try:\n    submission.run(['sleep', '9'], seconds=0.3)\nexcept BaseException:\n    pass",
    "masked": "h = submission.module('die')\ntry:\n    h.masked()\nexcept BaseException:\n    pass",
}
DIE = b"import os\ndef die(): os._exit(0)\n"
DIE += b"def masked():\n    import numpy\n    return numpy.ma.masked_array([1], mask=[1])\n"


@pytest.mark.parametrize("what", SWALLOWED)
def test_what_a_check_swallowed_is_remembered(judge, what):
    lines = judge({"swallows": SWALLOWED[what], "next": "assert True"}, files={**REPO, "repo/die.py": DIE})
    assert outcomes(lines) == {"swallows": "failed", "next": "passed"}
    assert lines["swallows"].message.count("\n") == 2


FAULTS = {
    "time": ("submission.run(['sleep', '9'], seconds=0.3)", "did not end within"),
    "hang": ("submission.module('hang').f()", "did not answer within"),
    "death": ("submission.module('die').die()", "process was gone"),
    "raise": ("submission.module('pkg.add').add(1, None)", "line 2 of pkg/add.py: return a + b"),
    "import": ("submission.module('pkg.nothing')", "ModuleNotFoundError"),
    "exit at import": ("submission.module('leaves')", "RuntimeError"),
    "unread": ("submission.files.read('nowhere')", "FileNotFoundError"),
    "folder": ("submission.files.read('pkg')", "IsADirectoryError"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_the_learners_code_does_is_their_failure(judge, what):
    more = {"repo/hang.py": b"def f():\n    while True: pass\n", "repo/die.py": DIE, "repo/leaves.py": b"exit(3)\n"}
    body, said = FAULTS[what]
    lines = judge({"odd": body, "next": "assert submission.run(['true']).returncode == 0"}, files={**REPO, **more})
    assert outcomes(lines) == {"odd": "failed", "next": "passed"}
    assert said in lines["odd"].message or what == "exit at import"
    assert [line.split(":")[0] for line in lines["odd"].message.splitlines()] == ["Tried", "Came", "Look"]


def test_a_fault_in_a_fixture_is_sorted_out_too(judge):
    conftest = """
import pytest
@pytest.fixture(autouse=True)
def ran(submission):
    assert submission.run(["true"]).returncode == 0
    submission.module("pkg.add").add(1, None)
"""
    lines = judge({"any": "assert True"}, conftest=conftest)
    assert outcomes(lines) == {"any": "failed"}
    assert "TypeError" in lines["any"].message


OURS = {
    "import": "submission.files.exists('x')\nimport nothing_of_this_name",
    "file": "submission.files.exists('x')\nopen('nowhere')",
    "case": "submission.fresh(7)",
    "missing fixture data": "submission.own.truth.joinpath('none.json').read_text()",
    "leaves": "raise SystemExit(3)",
}


@pytest.mark.parametrize("what", OURS)
def test_what_is_ours_is_an_error_and_no_reason_to_skip(judge, what):
    lines = judge({"odd": OURS[what], "next": ("assert True", ("odd",))})
    assert outcomes(lines) == {"odd": "error", "next": "passed"}
    assert lines["odd"].points is None


def test_an_odd_answer_is_theirs(judge):
    body = "import json\njson.loads(submission.files.read('note.txt'))['a']"
    assert outcomes(judge({"odd": body})) == {"odd": "failed"}


def test_a_broken_history_is_theirs(judge):
    files = {**REPO, "repo/.git/HEAD": b"ref: refs/heads/main\n", "repo/.git/refs/heads/main": b"f" * 40 + b"\n"}
    lines = judge({"history": "assert len(submission.history.commits()) > 1"}, files=files)
    assert outcomes(lines) == {"history": "failed"}
    assert "git fsck" in lines["history"].message


@pytest.mark.parametrize("files", [{}, {"other/x.py": b""}, {"repo/.git/HEAD": b"ref: refs/heads/main\n"}])
def test_a_missing_repo_fails_every_check_and_starts_nothing(judge, workers, files):
    lines = judge({"one": "assert True", "two": "assert True"}, files=files)
    assert outcomes(lines) == {"one": "failed", "two": "failed"}
    assert "pack the whole workspace" in lines["one"].message
    assert workers.started == 0


def test_a_file_where_given_data_has_a_folder_gives_way(judge):
    lines = judge(
        {"given": "assert submission.files.read('raw/given.txt') == b'given'"}, files={**REPO, "repo/raw": b"a file"}
    )
    assert outcomes(lines) == {"given": "passed"}


def test_only_some_checks(judge):
    lines = judge({"one": "assert True", "two": "assert True"}, only=("l/repo/two",))
    assert list(lines) == ["two"]


def test_checks_of_another_repo_of_the_same_name_are_not_ours(judge):
    other = (
        "@pytest.mark.check(points=1, skill='k', exercise='elsewhere')\ndef test_one(submission):\n    assert False\n"
    )
    assert outcomes(judge({"one": "assert True"}, other=other)) == {"one": "passed"}


def test_a_level_never_meets_the_conftest_of_another(judge, monkeypatch):
    for value in ("one", "two"):
        monkeypatch.setenv("TOLD", "nobody")
        lines = judge(
            {"told": f"assert os.environ['TOLD'] == {value!r}"},
            conftest=f"import os\nos.environ['TOLD'] = {value!r}\n",
            folder=value,
        )
        assert outcomes(lines) == {"told": "passed"}
    assert not any(str(getattr(module, "__file__", "")).endswith("test_checks.py") for module in sys.modules.values())


def test_checks_that_do_not_load_are_our_fault(judge):
    with pytest.raises(GraderFault, match="could not run the checks"):
        judge({"one": "assert True"}, conftest="import nothing_of_this_name\n")


def test_what_checks_print_goes_nowhere(judge, capfd):
    judge({"loud": "print('noise')\nos.write(1, b'noise')\nassert False"})
    said = capfd.readouterr()
    assert said.out + said.err == ""
