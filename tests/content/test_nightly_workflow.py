"""The nightly part of level 2: without n8n its graph checks still count, and bad input gets one clear message."""

import json

import pytest

from grader import catalog
from grader.content.variant import reference_tree
from grader.judges import repo
from grader.judges.workers import PlainWorkers
from grader.model import Outcome, SkipReason
from grader.tree import Tree

FILE = "delay-experiments/workflow/nightly.json"
GRAPH = ("the-workflow-is-one-of-plain-nodes", "it-starts-every-night-and-by-hand", "a-failing-service-has-a-way-on")


@pytest.fixture(scope="module")
def exercise():
    return catalog.find_level("02-junior").exercise("delay-experiments")


@pytest.fixture(scope="module")
def reference(exercise):
    level = catalog.find_level("02-junior")
    tree = reference_tree(level, exercise)
    return Tree({path: data for path, data in tree.files.items() if "/.git/" not in path})


@pytest.fixture
def judged(exercise, reference, tmp_path):
    """Judges some checks of the part with another workflow, without n8n; results by the check's name."""
    (tmp_path / "delay-experiments/0/data").mkdir(parents=True)
    folder = catalog.find_level("02-junior").folder / "checks"
    workers = PlainWorkers()

    def judge(names, change=lambda workflow: workflow):
        workflow = change(json.loads(reference.files[FILE]))
        files = {path: data for path, data in reference.files.items() if path != FILE}
        if workflow is not None:
            files[FILE] = workflow if isinstance(workflow, bytes) else json.dumps(workflow).encode()
        told = []
        only = [check.id for check in exercise.checks if check.name in names]
        repo.judge(exercise, folder, frozenset(), Tree(files), tmp_path, workers, "seed", told.append, only)
        return {line.id.rsplit("/", 1)[1]: line for line in told}

    yield judge
    workers.close()


def test_without_n8n_the_graph_still_counts(judged):
    executed, behind = "the-outcome-follows-the-metric", "at-the-threshold-it-is-kept"
    lines = judged((*GRAPH, executed, behind))
    assert {name for name, line in lines.items() if line.outcome is Outcome.PASSED} == set(GRAPH)
    assert lines[executed].outcome is Outcome.SKIPPED and lines[executed].reason is SkipReason.TOOL
    assert "ladder tools install n8n" in lines[executed].message
    assert lines[behind].reason is SkipReason.PREREQUISITE


def first(workflow, name):
    return next(node for node in workflow["nodes"] if node["name"] == name)


def with_credentials(workflow):
    first(workflow, "Start the run")["credentials"] = {"httpHeaderAuth": {"id": "1", "name": "service"}}
    return workflow


def in_a_circle(workflow):
    workflow["connections"]["Record failed"] = {"main": [[{"node": "Start the run", "type": "main", "index": 0}]]}
    return workflow


def to_the_network(workflow):
    first(workflow, "Record kept")["parameters"]["url"] = "https://hooks.example.org/nightly"
    return workflow


def with_a_command(workflow):
    first(workflow, "Start the run")["type"] = "n8n-nodes-base.executeCommand"
    return workflow


def without_a_record(workflow):
    workflow["nodes"] = [node for node in workflow["nodes"] if not node["name"].startswith("Record")]
    for name in ("Start the run", "Has a metric?", "As good as the model in use?"):
        outputs = workflow["connections"][name]["main"]
        outputs[:] = [[way for way in output if not way["node"].startswith("Record")] for output in outputs]
    return workflow


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda workflow: None, "no such file"),
        (lambda workflow: b"stages:\n  train:\n", "no JSON"),
        (lambda workflow: {"openapi": "3.1.0", "paths": {}}, "no workflow of n8n's"),
        (with_credentials, "has credentials"),
        (in_a_circle, "goes in a circle"),
        (to_the_network, "calls https://hooks.example.org/nightly"),
        (with_a_command, "n8n-nodes-base.executeCommand"),
        (without_a_record, "no HTTP Request node posts to /outcomes"),
    ],
)
def test_bad_input_is_said_in_three_lines(judged, change, said):
    lines = judged(GRAPH, change)
    line = lines.pop(GRAPH[0])
    assert line.outcome is Outcome.FAILED and said in line.message
    # pytest, around this test, indents and appends; the judge's own does not
    assert [part.split(":")[0].strip() for part in line.message.splitlines()[:3]] == ["Tried", "Came", "Look"]
    assert all(other.reason is SkipReason.PREREQUISITE for other in lines.values())


@pytest.mark.parametrize(
    ("interval", "passes"),
    [
        ([{}], True),
        ([{"triggerAtHour": 23, "triggerAtMinute": 59}], True),
        ([{"triggerAtHour": 12}], False),
        ([{"triggerAtHour": 3, "triggerAtMinute": 75}], False),
        ([{"triggerAtHour": "noon"}], False),
        ([{"field": "cronExpression", "expression": "15 3 * * *"}], True),
        ([{"field": "cronExpression", "expression": "0 15 3 * * *"}], True),
        ([{"field": "cronExpression", "expression": "0 12 * * *"}], False),
        ([{"field": "cronExpression", "expression": "99 99 * * *"}], False),
        ([{"field": "cronExpression", "expression": "60 3 * * *"}], False),
        ([{"field": "cronExpression", "expression": "*/5 3 * * *"}], False),
        ([{"field": "cronExpression", "expression": "0 3 * * 1"}], False),
        ([{"field": "days", "daysInterval": 2}], False),
        ([], False),
        ([3], False),
    ],
)
def test_once_a_night_in_each_of_its_spellings(judged, interval, passes):
    def change(workflow):
        first(workflow, "Every night at two")["parameters"] = {"rule": {"interval": interval}}
        return workflow

    assert (judged(GRAPH[:2], change)[GRAPH[1]].outcome is Outcome.PASSED) is passes
