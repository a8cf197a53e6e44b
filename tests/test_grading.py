"""The whole machine on a small level: real judges, real workers, real walls."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from grader import catalog, grading, scoring
from grader.content.variant import reference_tree, starter_tree
from grader.errors import GraderFault
from grader.grading import Grader, environment
from grader.model import Limits, Outcome, SkipReason
from grader.tree import Tree

pytestmark = pytest.mark.walls
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "scorecard.schema.json").read_text())


@pytest.fixture
def grader(small, real_walls, practice):
    return Grader(real_walls, practice)


def solved(level):
    tree = Tree({})
    for exercise in level.exercises:
        tree = reference_tree(level, exercise).laid_over(tree)
    return tree


def outcomes(card):
    return {line.id.split("/", 1)[1]: line.outcome.value for line in card.checks}


def with_check_code(small, level_id, grade_id, body):
    """A level whose hidden notebook check ``grade_id`` does ``body`` before anything else."""
    level = small.added(level_id)
    file = level.folder / "notebooks" / "01-add.ipynb"
    book = json.loads(file.read_text())
    for cell in book["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            cell["source"].insert(1, body + "\n")
    file.write_text(json.dumps(book))
    return catalog.find_level(level_id)


def test_the_reference_earns_everything_and_the_card_fits_its_schema(grader):
    level = catalog.find_level("1")
    heard = []
    card = grader.grade(level, solved(level), "ada", lambda learner, line: heard.append((learner, line.id)))
    assert set(outcomes(card).values()) == {"passed"}
    assert (card.points, card.max_points) == (10, 10)
    assert heard == [("ada", check.id) for check in level.checks]
    jsonschema.validate(json.loads(scoring.to_line(card)), SCHEMA)
    assert scoring.from_json(json.loads(scoring.to_line(card))) == card
    assert set(card.phases) >= {"data", "judging", "worker_cpu", "judge_cpu"}
    assert card.phases["worker_cpu"] > 0
    assert card.phases["judge_cpu"] > 0
    assert card.peak_memory > 10
    assert card.walls.kind in ("namespaces", "container")
    assert card.walls.network == "none"
    assert card.learner == "ada"
    assert all(line.met for line in card.rule)


def test_the_starter_earns_nothing(grader):
    level = catalog.find_level("1")
    card = grader.grade(level, starter_tree(level), "ada")
    assert card.points == 0
    assert Outcome.PASSED not in {line.outcome for line in card.checks}
    assert not card.has_errors
    waits = [line for line in card.checks if line.outcome is Outcome.SKIPPED]
    assert {line.reason for line in waits} == {SkipReason.PREREQUISITE}
    assert {line.id.split("/")[-1] for line in waits} == {"adds-by-group", "prints-the-largest", "refuses-text"}


def test_an_empty_submission_is_graded_too(grader):
    card = grader.grade(catalog.find_level("1"), Tree({"notes.txt": b"nothing"}), "ada")
    assert card.points == 0
    assert {line.outcome for line in card.checks} == {Outcome.FAILED}


def test_the_same_submission_gives_the_same_verdicts(grader):
    level = catalog.find_level("1")
    tree = solved(level)
    one, other = grader.grade(level, tree, "ada"), grader.grade(level, tree, "ada")
    assert (one.submission_digest, one.checks_digest, one.data_digest, one.seed_id) == (
        other.submission_digest, other.checks_digest, other.data_digest, other.seed_id,
    )  # fmt: skip
    assert outcomes(one) == outcomes(other)
    assert grader.grade(level, tree, "bob", exercises=["tool"]).seed_id != one.seed_id


def test_some_exercises_leave_the_others_unpassed_in_the_maximum(grader):
    level = catalog.find_level("1")
    card = grader.grade(level, solved(level), "ada", exercises=["tool"])
    assert {line.exercise for line in card.checks} == {"tool"}
    assert (card.points, card.max_points) == (4, 10)


def test_a_check_that_kills_its_judge_is_an_error_and_costs_no_other_check(grader, small):
    level = with_check_code(small, "02-killed", "doubles", "import os; os.kill(os.getpid(), 9)")
    card = grader.grade(level, solved(level), "ada", exercises=["01-add"])
    assert outcomes(card) == {
        "01-add/doubles-two": "passed",
        "01-add/doubles": "error",
        "01-add/adds-by-group": "passed",
        "01-add/adds-all": "passed",
    }
    broken = next(line for line in card.checks if line.outcome is Outcome.ERROR)
    assert broken.points is None
    assert "judge died" in broken.message
    assert card.has_errors


def test_a_check_of_a_repo_that_kills_its_judge_is_an_error_and_costs_no_other_check(grader, small):
    level = small.added("03-repo-killed")
    file = level.folder / "checks" / "test_tool.py"
    file.write_text(
        file.read_text().replace('"""The largest number is printed."""', '"""Ends."""\n    import os; os._exit(0)')
    )
    level = catalog.find_level("3")
    card = grader.grade(level, solved(level), "ada", exercises=["tool"])
    assert outcomes(card) == {
        "tool/prints-the-sum": "passed",
        "tool/prints-the-largest": "error",
        "tool/refuses-text": "passed",
    }


def test_what_a_dead_judge_failed_still_keeps_others_waiting(grader, small):
    level = with_check_code(small, "04-failed-then-killed", "adds-all", "import os; os.kill(os.getpid(), 9)")
    card = grader.grade(level, starter_tree(level), "ada", exercises=["01-add"])
    assert outcomes(card) == {
        "01-add/doubles-two": "failed",
        "01-add/doubles": "failed",
        "01-add/adds-by-group": "skipped",
        "01-add/adds-all": "error",
    }


def test_a_fault_of_a_check_is_an_error_without_points_and_no_reason_to_skip(grader, small):
    level = with_check_code(small, "05-faulty", "doubles", "raise ImportError('our own')")
    card = grader.grade(level, solved(level), "ada", exercises=["01-add"])
    assert outcomes(card)["01-add/doubles"] == "error"
    assert outcomes(card)["01-add/adds-by-group"] == "passed"
    assert card.points == 4


def test_checks_that_do_not_load_are_errors(grader, small):
    level = small.added("06-does-not-load")
    (level.folder / "checks" / "conftest.py").write_text("import nothing_of_that_name\n")
    card = grader.grade(level, solved(level), "ada", exercises=["tool"])
    assert {line.outcome for line in card.checks} == {Outcome.ERROR}
    assert {line.points for line in card.checks} == {None}


def test_a_generator_that_fails_is_our_fault(grader, small):
    level = small.added("07-no-data")
    (level.folder / "generate.py").write_text("raise SystemExit('no numbers today')\n")
    with pytest.raises(GraderFault, match="no numbers today"):
        grader.grade(level, starter_tree(level), "ada")


def test_hang_death_and_memory_cost_only_what_depends_on_them(grader):
    level = catalog.find_level("1")
    tree = solved(level)
    name = "notebooks/01-add.ipynb"
    for body in ("while True: pass", "import os; os._exit(0)", "x = []\nwhile True: x.append(bytes(1 << 24))"):
        book = json.loads(tree.files[name])
        for cell in book["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "totals":
                cell["source"] = body
        spoiled = Tree({name: json.dumps(book).encode()}).laid_over(tree)
        card = grader.grade(level, spoiled, "ada", exercises=["01-add"])
        assert outcomes(card) == {
            "01-add/doubles-two": "passed",
            "01-add/doubles": "passed",
            "01-add/adds-by-group": "failed",
            "01-add/adds-all": "passed",
        }, body


def test_a_worker_that_its_judge_cannot_take_is_ended(grader, real_walls):
    judge = real_walls.spawn_judge(Limits(), 60)
    judge.kill()
    judge.wait(10)
    judge.sock.close()
    worker = real_walls.spawn_worker(Limits(), 60)
    with pytest.raises(OSError):
        grading._sent(worker, judge)
    assert worker.wait(0).ended in ("killed", "exit", "signal")
    assert worker.sock.fileno() == -1


def test_the_environment_is_named_by_digest():
    here = environment()
    assert here.packages_digest.startswith("sha256:")
    assert here.python.startswith("3.")


def test_main_needs_none_of_the_libraries_that_read_what_learners_answer():
    asks = "import sys, grader.grading, grader.cohort.local; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout.split()
    assert "grader.judges.job" in modules
    assert not {"numpy", "pandas", "pyarrow", "pytest", "grader.bridge.codec"} & set(modules)
