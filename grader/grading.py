"""Grades submissions: spawns judges and workers behind the walls and collects results into scorecards."""

from __future__ import annotations

import json
import pickle
import platform
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions

from grader import catalog, generated, history, scoring
from grader.bridge.channel import Channel, Closed, TooLarge, TooLate
from grader.errors import GraderFault
from grader.judges.exercise import Job
from grader.judges.verdict import Verdict, result
from grader.model import Check, CheckResult, Environment, Exercise, Level, Outcome, Scorecard, SkipReason
from grader.seeds import Key
from grader.tree import Tree
from grader.walls import Child, Usage, Walls

_JUDGE_MARGIN = 60.0  # seconds a judge may take beyond what the learner's code may
_TRIES = 2  # a judge that dies is started again for what it had not yet said

Progress = Callable[[str, CheckResult], None]  # learner, result


@dataclass
class _Costs:
    peak_memory: float = 0.0
    worker_cpu: float = 0.0
    judge_cpu: float = 0.0


@dataclass
class _Exercise:
    """One exercise in hand: what has been said so far."""

    results: dict[str, CheckResult] = field(default_factory=dict)
    fault: str = ""


class Grader:
    """Grades one level's submissions under one key. Thread-safe: one call of ``grade`` per thread and submission."""

    def __init__(self, walls: Walls, key: Key) -> None:
        self._walls = walls
        self._key = key

    def grade(
        self,
        level: Level,
        tree: Tree,
        learner: str,
        on_result: Progress | None = None,
        exercises: Sequence[str] | None = None,
    ) -> Scorecard:
        """Judge every exercise of a submission (or only ``exercises``: the others' checks count as not passed)."""
        started, began = datetime.now(UTC), time.monotonic()
        cases = generated.prepare(level, self._key, learner, exercises)
        prepared = time.monotonic()
        costs = _Costs()
        results: list[CheckResult] = []
        for exercise in level.exercises:
            if exercises is None or exercise.id in exercises:
                results += self._exercise(level, exercise, tree, learner, str(cases.folder), costs, on_result)
        judged = time.monotonic()
        summary = scoring.summarise(level, results, exercises)
        return Scorecard(
            level=level.id,
            learner=learner,
            submission_digest=tree.digest,
            checks_digest=catalog.checks_digest(level),
            data_digest=cases.digest,
            seed_id=self._key.seed_id(level.id, learner),
            environment=environment(),
            walls=self._walls.report(level.exercises[0].limits),
            started=started.isoformat(timespec="seconds"),
            seconds=round(judged - began, 3),
            peak_memory=round(costs.peak_memory, 1),
            phases={
                "data": round(prepared - began, 3),
                "judging": round(judged - prepared, 3),
                "worker_cpu": round(costs.worker_cpu, 3),
                "judge_cpu": round(costs.judge_cpu, 3),
            },
            points=summary.points,
            max_points=summary.max_points,
            skills=summary.skills,
            rule=summary.rule,
            checks=tuple(results),
        )

    def _exercise(
        self,
        level: Level,
        exercise: Exercise,
        tree: Tree,
        learner: str,
        cases: str,
        costs: _Costs,
        on_result: Progress | None,
    ) -> list[CheckResult]:
        hand = _Exercise()

        def tell(line: CheckResult) -> None:
            hand.results[line.id] = line
            if on_result is not None:
                on_result(learner, line)

        start = history.start_commits(level.folder, exercise.id) if exercise.kind == "repo" else ()
        for _ in range(_TRIES):
            left = tuple(check.id for check in exercise.checks if check.id not in hand.results)
            if not left:
                break
            job = Job(
                level.id,
                exercise.id,
                tree if exercise.kind == "notebook" else tree.under(exercise.id).placed(exercise.id),
                cases,
                self._key.seed(level.id, f"{exercise.id}/checks", learner, 0),
                left if hand.results else None,
                tuple(start),
            )
            hand.fault = self._judge(exercise, job, costs, tell)
        for check in exercise.checks:
            if check.id not in hand.results:
                tell(self._unsaid(check, hand))
        return [hand.results[check.id] for check in exercise.checks]

    def _unsaid(self, check: Check, hand: _Exercise) -> CheckResult:
        error = GraderFault(hand.fault or "the judge ended without a verdict")
        return result(check, Verdict.error(error), 0.0)

    def _judge(self, exercise: Exercise, job: Job, costs: _Costs, tell: Callable[[CheckResult], None]) -> str:
        """Run one judge to its end; what went wrong on our side, or ""."""
        allowed = exercise.limits.seconds + _JUDGE_MARGIN
        deadline = time.monotonic() + allowed
        judge = self._walls.spawn_judge(exercise.limits, allowed)
        workers: dict[int, Child] = {}  # by the order they were handed over, as the judge counts them too
        handed = 0
        channel = Channel(judge.sock)
        known = {check.id: check for check in exercise.checks}
        try:
            channel.send(pickle.dumps(job), deadline)
            while True:
                message = json.loads(channel.receive(deadline))
                if "result" in message:
                    tell(_result(message["result"], known))
                elif message.get("want") == "worker":
                    workers[handed] = self._hand_over(exercise, judge, deadline)
                    handed += 1
                elif "drop" in message:
                    self._end(workers.pop(message["drop"]), costs)
                elif "fault" in message:
                    return str(message["fault"])
                else:
                    return ""
        except TooLate:
            return f"the judge did not finish within {allowed:.0f} seconds"
        except (Closed, TooLarge):
            return "the judge died"
        finally:
            for child in workers.values():
                self._end(child, costs)
            judge.sock.close()
            costs.judge_cpu += _ended(judge).cpu_seconds

    def _hand_over(self, exercise: Exercise, judge: Child, deadline: float) -> Child:
        """A fresh worker, whose end of the bridge is the judge's from here on."""
        child = self._walls.spawn_worker(exercise.limits, max(1.0, deadline - time.monotonic()))
        socket.send_fds(judge.sock, [b"w"], [child.sock.fileno()])
        child.sock.close()
        return child

    def _end(self, child: Child, costs: _Costs) -> None:
        usage = _ended(child)
        costs.worker_cpu += usage.cpu_seconds
        costs.peak_memory = max(costs.peak_memory, usage.peak_memory_mb)


def _ended(child: Child) -> Usage:
    """Give a child a moment to end by itself, so that its costs are known; then make it."""
    try:
        return child.wait(0.5)
    finally:
        child.kill()


def _result(fields: dict[str, object], known: dict[str, Check]) -> CheckResult:
    """A judge's line as a record; the check's own facts come from the catalog, not from the message."""
    check = known[str(fields["id"])]
    reason = fields["reason"]
    verdict = Verdict(
        Outcome(str(fields["outcome"])),
        None if reason is None else SkipReason(str(reason)),
        str(fields["message"]),
    )
    return result(check, verdict, float(str(fields["seconds"])))


@cache
def environment() -> Environment:
    """Python, the installed packages (by digest of names and versions) and the platform."""
    packages = sorted(f"{found.metadata['Name']}=={found.version}".lower() for found in distributions())
    return Environment(
        python=platform.python_version(),
        packages_digest="sha256:" + sha256("\n".join(packages).encode()).hexdigest(),
        platform=f"{sys.platform}-{platform.machine()}",
    )
