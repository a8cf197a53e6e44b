"""Hidden checks of delay-experiments, part nightly: the workflow as a graph, and what a real n8n does with it.

n8n takes some ten seconds, so one process of it lives through all the nights that these checks look at, and the first
check that needs them has it run. Where n8n is not installed those checks are skipped; the ones on the graph are not.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

import pytest

from grader.judges.kits.n8n_workflow import (
    Answer,
    Answers,
    BadWorkflow,
    Execution,
    Node,
    Workflow,
    execute,
    installed,
    read,
)

FILE = "workflow/nightly.json"
SERVICE = ("http://127.0.0.1:8021", "http://localhost:8021")
PLAN = {"model": "forest", "trees": 40, "train": "1-6", "test": "7-8", "seed": 7}
LONGEST_WAIT = 5000  # milliseconds, as the README says
NIGHT = (20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6)  # the hours in which it may start, as the README says
COMPARED = ("better", "better and low", "worse", "worse and high")
_executed: dict[bytes, dict[str, Execution] | BadWorkflow] = {}


@pytest.mark.check(points=1, skill="tracking", part="nightly")
def test_the_workflow_is_one_of_plain_nodes(submission):
    """The workflow is n8n's own export, of nodes that may be used, and carries no credentials."""
    workflow = _workflow(submission)
    for path, what in (("/runs", "starts a run"), ("/outcomes", "records an outcome")):
        assert _requests(workflow, path), (
            f"Tried: {FILE}, and looked for the request that {what}.\n"
            f"Came: no HTTP Request node posts to {path} of the service.\n"
            "Look: the contract of the service, in the README; a node that is switched off does not count.")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_it_starts_every_night_and_by_hand(submission):
    """A Schedule Trigger fires once a night, and a Manual Trigger starts the same."""
    workflow = _workflow(submission)
    starters = {kind: workflow.of_kind(kind) for kind in ("scheduleTrigger", "manualTrigger")}
    for kind, found in starters.items():
        assert len(found) == 1, (
            f"Tried: {FILE}, and looked for what starts it.\n"
            f"Came: {len(found)} nodes of the type {kind}; one of each trigger was expected.\n"
            "Look: a Schedule Trigger for the nights, a Manual Trigger for you.")
    said = _not_once_a_night(starters["scheduleTrigger"][0])
    assert not said, (
        f"Tried: {FILE}, and read when its Schedule Trigger fires.\n"
        f"Came: {said}.\n"
        "Look: one interval of one day, or a cron line of fixed minute and hour; the hour is 20 to 23 or 0 to 6.")
    (night,), (hand,) = starters.values()
    starts = {node.name for node in _requests(workflow, "/runs")}
    ways = [set(workflow.next(node.name)) for node in (night, hand)]
    assert ways[0] == ways[1] and workflow.reached(night.name) & starts, (
        f"Tried: {FILE}, and followed both triggers.\n"
        f"Came: after {night.name!r} comes something else than after {hand.name!r}, or neither leads to a run.\n"
        "Look: what you try by hand has to be what happens at night.")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_a_failing_service_has_a_way_on(submission):
    """Where the service fails or says nothing, a way leads on to a record."""
    workflow = _workflow(submission)
    records = {node.name for node in _requests(workflow, "/outcomes")}
    for node in _requests(workflow, "/runs"):
        assert node.goes_on, (
            f"Tried: {FILE}, and looked what happens if {node.name!r} is answered with an error.\n"
            "Came: the workflow ends there.\n"
            "Look: the node's settings, On Error.")
        # an error output is the last one; if errors leave by the only output, that is it
        last = workflow.ways.get(node.name, ((),))[-1] if workflow.ways.get(node.name) else ()
        assert any(target in records or workflow.reached(target) & records for target in last), (
            f"Tried: {FILE}, and followed what leaves {node.name!r} when it fails.\n"
            "Came: no way from there leads to a record.\n"
            "Look: its error output.")
        wait = node.parameters.get("options", {}).get("timeout")
        known = not isinstance(wait, str)
        assert not known or (isinstance(wait, int | float) and 0 < wait <= LONGEST_WAIT), (
            f"Tried: {FILE}, and looked how long {node.name!r} waits for an answer.\n"
            f"Came: {'five minutes, as n8n does if it is not told' if wait is None else f'{wait} ms'}.\n"
            "Look: the node's options, Timeout; what the README says of runs that hang.")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_the_run_is_started_with_its_options(submission):
    """The service is asked for the run that the README names, as JSON, numbers as numbers."""
    night = _nights(submission)["better"]
    started = night.to("POST", "/runs")
    assert started, (
        "Tried: your workflow in n8n, on a night on which all goes well.\n"
        f"Came: no run was started{_because(night)}.\n"
        "Look: the address and the method of the request.")
    assert _same(started[0].body, PLAN), (
        "Tried: your workflow in n8n, and read what the service was asked for.\n"
        f"Came: {_differs(started[0].body)}.\n"
        "Look: the body has to be JSON: five fields, two of them numbers. The output of the stand-in shows what comes.")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_a_run_is_started_once(submission):
    """One run a night, also when it fails."""
    nights = _nights(submission)
    for name in TOLD:
        night = nights[name]
        started = night.to("POST", "/runs")
        assert len(started) == 1, (
            f"Tried: your workflow in n8n, on {TOLD[name]}.\n"
            f"Came: {len(started)} runs were started{_because(night)}.\n"
            "Look: each request to /runs trains a model: one trigger, one way, no retry.")


@pytest.mark.check(points=2, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_the_outcome_follows_the_metric(submission):
    """A better model is kept and a worse one rejected, against the number that came with it."""
    nights = _nights(submission)
    for name in COMPARED:
        _recorded(nights[name], name, "kept" if name.startswith("better") else "rejected",
                  "the condition compares auc with to_beat, both from the answer, and as numbers")  # fmt: skip


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_outcome_follows_the_metric"])
def test_at_the_threshold_it_is_kept(submission):
    """As good as the model in use is kept; a hair worse is not."""
    nights = _nights(submission)
    _recorded(nights["equal"], "equal", "kept", "is it `larger`, or `larger or equal`")
    _recorded(nights["a hair worse"], "a hair worse", "rejected", "compare what came, not what is left after rounding")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_outcome_follows_the_metric"])
def test_the_record_names_the_run(submission):
    """The record of a night names the run that the service has started."""
    nights = _nights(submission)
    for name in COMPARED:
        record = _record(nights[name], name)
        assert record.get("run") == RUNS[name], (
            f"Tried: your workflow in n8n, on {TOLD[name]}, and read its record.\n"
            "Came: the run in it is not the one that the service answered with.\n"
            "Look: `run` of the service's answer; after a node in between it is `$('…').item.json.run`.")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_a_run_that_fails_is_recorded(submission):
    """A run that the service could not finish is recorded as failed."""
    night = _nights(submission)["broken"]
    record = _recorded(night, "broken", "failed", "what happens in n8n to a request that is answered with 500")
    _names_no_run(record, "broken")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_a_silent_service_is_not_waited_for(submission):
    """A run that hangs is given up in time and recorded as failed."""
    nights = _nights(submission)
    night = nights["silent"]
    assert not any(request.waited_out for request in night.asked), (
        f"Tried: your workflow in n8n, on {TOLD['silent']}.\n"
        "Came: it was still waiting after 25 seconds.\n"
        "Look: the option Timeout of the request; n8n's own is five minutes.")
    record = _recorded(night, "silent", "failed", "what happens in n8n to a request that timed out")
    _names_no_run(record, "silent")


@pytest.mark.check(points=1, skill="tracking", part="nightly", requires=["test_the_workflow_is_one_of_plain_nodes"])
def test_a_run_without_a_metric_is_failed(submission):
    """A run that ends without a metric is recorded as failed, with its id."""
    night = _nights(submission)["empty"]
    record = _recorded(night, "empty", "failed", "neither larger nor smaller: what does your condition do with null")
    assert record.get("run") == RUNS["empty"], (
        f"Tried: your workflow in n8n, on {TOLD['empty']}, and read its record.\n"
        "Came: the run in it is not the one that the service answered with.\n"
        "Look: this run has failed, and it has an id all the same.")


# -- the nights

TOLD = {
    "better": "a night with a better model",
    "better and low": "a night with a better model",
    "worse": "a night with a worse model",
    "worse and high": "a night with a worse model",
    "equal": "a night with a model exactly as good as the one in use",
    "a hair worse": "a night with a model worse in the eighth digit",
    "broken": "a night on which the service answers with 500",
    "silent": "a night on which the service does not answer",
    "empty": "a night with a run whose auc is null",
}
RUNS: dict[str, str] = {}  # the ids that this grading's service answered with


def _nights(submission: Any) -> dict[str, Execution]:
    """What the workflow did in each of the nights; skips the check where no n8n is installed."""
    data = submission.submitted[FILE]
    if data not in _executed:
        if not installed(submission):
            pytest.skip("n8n is not installed on this machine (`ladder tools install n8n`), so nothing was executed.")
        workflow = _workflow(submission)
        try:
            _executed[data] = execute(submission, workflow, SERVICE, _drawn())
        except BadWorkflow as bad:
            _executed[data] = bad
    done = _executed[data]
    if isinstance(done, BadWorkflow):
        raise AssertionError(
            "Tried: your workflow in n8n, with the stand-in of the service.\n"
            f"Came: {done}.\n"
            "Look: import it into an n8n of your own, and try it by hand.")
    return done


def _drawn() -> dict[str, Answers]:
    """The service's answers; numbers that neither a threshold nor an answer in the workflow could foresee."""
    low, high = random.uniform(0.62, 0.66), random.uniform(0.74, 0.78)
    middle, far = random.uniform(0.68, 0.72), random.uniform(0.004, 0.03)
    pairs = {
        "better": (high + far, high),
        "better and low": (low + far, low),
        "worse": (low - far, low),
        "worse and high": (high - far, high),
        "equal": (middle, middle),
        "a hair worse": (middle - 1e-8, middle),
        "empty": (None, middle),
    }
    RUNS.update({name: random.getrandbits(128).to_bytes(16, "big").hex() for name in pairs})
    answers = {"silent": Answer(hangs=True)}  # first, so that the others happen while it waits
    answers |= {
        name: Answer(200, {"run": RUNS[name], "auc": auc, "to_beat": to_beat}) for name, (auc, to_beat) in pairs.items()
    }
    answers["broken"] = Answer(500, {"error": "out of memory in month 4"})
    taken = [Answer(201, {"recorded": True})]
    return {name: {"POST /runs": [answer], "POST /outcomes": taken} for name, answer in answers.items()}


def _recorded(night: Execution, name: str, outcome: str, look: str) -> Mapping[str, Any]:
    """The night's record, which has this outcome."""
    record = _record(night, name)
    came = record.get("outcome")
    assert came == outcome, (
        f"Tried: your workflow in n8n, on {TOLD[name]}.\n"
        f"Came: it was recorded as {str(came)[:40]!r}.\n"
        f"Look: {look}.")
    return record


def _names_no_run(record: Mapping[str, Any], name: str) -> None:
    """The record of a night on which the service named no run has none either."""
    run = record.get("run")
    assert run is None, (
        f"Tried: your workflow in n8n, on {TOLD[name]}, and read its record.\n"
        f"Came: run = {str(run)[:40]!r}, though the service named none.\n"
        "Look: `run` is null there, or left out; a text that an expression makes of nothing is neither.")


def _record(night: Execution, name: str) -> Mapping[str, Any]:
    """The one record of a night."""
    records = night.to("POST", "/outcomes")
    assert len(records) == 1, (
        f"Tried: your workflow in n8n, on {TOLD[name]}.\n"
        f"Came: {len(records) or 'no'} outcome{'' if len(records) == 1 else 's'} recorded{_because(night)}.\n"
        "Look: each night ends in one record, whichever way it took.")
    body = records[0].body
    assert isinstance(body, dict), (
        f"Tried: your workflow in n8n, on {TOLD[name]}, and read its record.\n"
        "Came: it is no JSON object.\n"
        "Look: Body Content Type JSON, and the two fields of the contract.")
    return body


def _because(night: Execution) -> str:
    return f" (n8n stopped: {night.stopped})" if night.stopped else ""


def _same(body: Any, plan: Mapping[str, Any]) -> bool:
    """Equal in values and in kinds: 40 is not "40", and True is not 1."""
    return (
        isinstance(body, dict)
        and body.keys() == plan.keys()
        and all(type(body[key]) is type(value) and body[key] == value for key, value in plan.items())
    )


def _differs(body: Any) -> str:
    if not isinstance(body, dict):
        return "a body that is no JSON object"
    wrong = [key for key in PLAN if key not in body]
    if wrong:
        return f"a body without {wrong[0]}"
    more = [str(key)[:40] for key in body if key not in PLAN]
    if more:
        return f"a field {more[0]!r} that the contract does not know"
    text = [key for key, value in PLAN.items() if isinstance(value, int) and isinstance(body[key], str)]
    if text:
        return f"{text[0]} came as a text, not as a number"
    return f"another {next(key for key, value in PLAN.items() if body[key] != value)} than the README's"


# -- the graph


def _workflow(submission: Any) -> Workflow:
    data = submission.submitted.get(FILE)
    assert data is not None, (
        f"Tried: to read {FILE}.\n"
        "Came: there is no such file.\n"
        "Look: in n8n, the menu of the workflow, Download.")
    try:
        return read(data, addresses=SERVICE)
    except BadWorkflow as bad:
        raise AssertionError(
            f"Tried: to read {FILE}.\n"
            f"Came: {bad}.\n"
            "Look: the README says which nodes may be used and whom they may call.") from None


def _requests(workflow: Workflow, path: str) -> list[Node]:
    """The HTTP Request nodes that post to a path of the service, as far as it can be read."""
    return [
        node
        for node in workflow.of_kind("httpRequest")
        if str(node.parameters.get("method", "GET")).upper() in ("POST",) or "{{" in str(node.parameters.get("method"))
        if path.lstrip("/") in str(node.parameters.get("url", ""))
    ]


def _not_once_a_night(trigger: Node) -> str:
    """When a Schedule Trigger fires if that is not once a day at an hour of the night; else nothing."""
    rule = trigger.parameters.get("rule", {})
    intervals = rule.get("interval") if isinstance(rule, dict) else None
    intervals = [{}] if intervals is None else intervals
    if not isinstance(intervals, list) or len(intervals) != 1 or not isinstance(intervals[0], dict):
        return "it has not one interval"
    (one,) = intervals
    field = one.get("field", "days")
    if field == "cronExpression":
        line = str(one.get("expression", ""))
        words = line.split()
        *clock, day, month, weekday = words if len(words) in (5, 6) else ["", "", "", ""]
        once = all(re.fullmatch(r"[0-9]{1,2}", word) for word in clock) and (day, month, weekday) == ("*", "*", "*")
        # n8n's line may begin with a second
        *sixties, hour = map(int, clock) if once else (60, 24)
        return "" if max(sixties) < 60 and hour in NIGHT else f"the cron line {line[:40]!r}"
    if field != "days":
        return f"it fires every so many {str(field)[:20]}"
    days = one.get("daysInterval", 1)
    if days != 1:
        return f"it fires every {str(days)[:10]} days"
    hour, minute = one.get("triggerAtHour", 0), one.get("triggerAtMinute", 0)  # n8n leaves out what is 0
    return "" if hour in NIGHT and minute in range(60) else f"it fires at {str(hour)[:10]}:{str(minute)[:10]:>02}"
