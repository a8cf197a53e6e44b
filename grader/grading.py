"""Grades submissions: spawns judges and workers behind the walls and collects results into scorecards."""

from __future__ import annotations

import contextlib
import json
import pickle
import platform
import socket
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions
from typing import Any

from grader import catalog, generated, history, scoring
from grader.bridge.channel import Channel, Closed, TooLarge, TooLate
from grader.errors import GraderFault
from grader.judges.job import CourseNotebook, Job
from grader.judges.order import in_order
from grader.judges.verdict import Verdict, keeps_waiting, result, skipped_for
from grader.model import Check, CheckResult, Environment, Exercise, Level, Outcome, Scorecard, SkipReason
from grader.runqueue import MOST
from grader.seeds import Key
from grader.tools import tools_folder
from grader.tree import Tree
from grader.walls import Child, Usage, Walls, builder

_JUDGE_MARGIN = 60.0  # seconds a judge may take beyond what the learner's code may
_TRIES = 2  # how often a judge may end over the same check, before that check is an error of ours
_MOST_STOPS = 2  # judges of one exercise that may end for a reason that is no single check's

Progress = Callable[[str, CheckResult], None]  # learner, result
OnShown = Callable[[int, list[dict[str, Any]]], None]  # a submitted cell's place, its outputs


@dataclass
class _Costs:
    peak_memory: float = 0.0
    worker_cpu: float = 0.0
    judge_cpu: float = 0.0
    builder_cpu: float = 0.0  # images that were built and started


@dataclass
class _Exercise:
    """One exercise in hand: what has been said so far."""

    results: dict[str, CheckResult] = field(default_factory=dict)
    fault: str = ""
    stops: int = 0  # judges that never began, gave up or used up their time


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
        attempt: int = 1,
    ) -> Scorecard:
        """Judge every exercise of a submission (or only ``exercises``: the others' checks count as not passed).

        ``attempt`` says which of the learner's submissions it is; it decides what messages tell, never an outcome.
        """
        started, began = datetime.now(UTC), time.monotonic()
        cases = generated.prepare(level, self._key, learner, exercises)
        prepared = time.monotonic()
        costs = _Costs()
        results: list[CheckResult] = []
        for exercise in level.exercises:
            if exercises is None or exercise.id in exercises:
                results += self._exercise(level, exercise, tree, learner, str(cases.folder), attempt, costs, on_result)
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
            }
            | ({"builder_cpu": round(costs.builder_cpu, 3)} if costs.builder_cpu else {}),
            points=summary.points,
            max_points=summary.max_points,
            skills=summary.skills,
            rule=summary.rule,
            checks=tuple(results),
        )

    def results(
        self, level: Level, exercise: Exercise, tree: Tree, learner: str, part: str | None = None
    ) -> list[CheckResult]:
        """What comes of one exercise of a submission, or of one part of a starter repo, without a scorecard."""
        cases = generated.prepare(level, self._key, learner, [exercise.id])
        if part is not None:
            exercise = replace(exercise, checks=tuple(check for check in exercise.checks if check.part == part))
        return self._exercise(level, exercise, tree, learner, str(cases.folder), 1, _Costs(), None)

    def _exercise(
        self,
        level: Level,
        exercise: Exercise,
        tree: Tree,
        learner: str,
        cases: str,
        attempt: int,
        costs: _Costs,
        on_result: Progress | None,
    ) -> list[CheckResult]:
        start = history.start_commits(level.folder, exercise.id) if exercise.kind == "repo" else ()
        job = Job(
            level.id,
            exercise.id,
            tree if exercise.kind == "notebook" else tree.under(exercise.id).placed(exercise.id),
            cases,
            self._key.seed(level.id, f"{exercise.id}/checks", learner, 0),
            # a part's checks are fewer than those that the judge finds
            only=None if exercise == level.exercise(exercise.id) else tuple(check.id for check in exercise.checks),
            start_commits=tuple(start),
            attempt=attempt,
        )
        return self._to_the_end(exercise, job, learner, costs, on_result)

    def course_notebook(
        self,
        course: CourseNotebook,
        tree: Tree,
        course_id: str,
        student: str,
        on_shown: OnShown | None = None,
        on_result: Progress | None = None,
    ) -> list[CheckResult]:
        """Judge a notebook of somebody else's nbgrader course: the results of its checks, in order.

        ``tree`` holds NOTEBOOK.ipynb and what was handed in beside it. ``on_shown`` is given a submitted cell's place
        and its outputs (nbformat), which are for people to read.
        """
        exercise = course.exercise
        seed = self._key.seed(course_id, f"{exercise.id}/checks", student, 0)
        job = Job(course_id, exercise.id, tree, "", seed, course=course)
        return self._to_the_end(exercise, job, student, _Costs(), on_result, on_shown)

    def _to_the_end(
        self,
        exercise: Exercise,
        job: Job,
        learner: str,
        costs: _Costs,
        on_result: Progress | None,
        on_shown: OnShown | None = None,
    ) -> list[CheckResult]:
        """As many judges as it takes until every check has its result."""
        hand = _Exercise()

        def tell(line: CheckResult) -> None:
            hand.results[line.id] = line
            if on_result is not None:
                on_result(learner, line)

        if not exercise.checks and on_shown is not None:
            self._judge(exercise, job, costs, hand, tell, on_shown)  # for people to mark, who want to see it run
        ends: Counter[str] = Counter()  # by the check that the judge had in hand
        while hand.stops < _MOST_STOPS:
            self._tell_skipped(exercise, hand, tell)
            left = tuple(check.id for check in in_order(exercise.checks) if check.id not in hand.results)
            if not left:
                break
            if ends[left[0]] >= _TRIES:
                tell(self._unsaid(exercise, left[0], hand))
                continue
            self._judge(exercise, replace(job, only=left if hand.results else job.only), costs, hand, tell, on_shown)
            over = next((one for one in left if one not in hand.results), None)
            if over is not None:
                ends[over] += 1
        for check in exercise.checks:
            if check.id not in hand.results:
                tell(self._unsaid(exercise, check.id, hand))
        return [hand.results[check.id] for check in exercise.checks]

    def _tell_skipped(self, exercise: Exercise, hand: _Exercise, tell: Callable[[CheckResult], None]) -> None:
        """What the next judge cannot know: which checks build on one that the judge before it failed."""
        titles = {check.id: check.title for check in exercise.checks}
        for check in in_order(exercise.checks):
            waits = [titles[one] for one in check.requires if one in hand.results and keeps_waiting(hand.results[one])]
            if waits and check.id not in hand.results:
                tell(result(check, skipped_for(waits), 0.0))

    def _unsaid(self, exercise: Exercise, check_id: str, hand: _Exercise) -> CheckResult:
        check = next(check for check in exercise.checks if check.id == check_id)
        error = GraderFault(hand.fault or "the judge ended without a verdict")
        return result(check, Verdict.error(error), 0.0)

    def _judge(
        self,
        exercise: Exercise,
        job: Job,
        costs: _Costs,
        hand: _Exercise,
        tell: Callable[[CheckResult], None],
        on_shown: OnShown | None,
    ) -> None:
        """Run one judge to its end; what went wrong on our side stands in ``hand`` afterwards."""
        # what stands in the run queue is waited for, so much and no more
        allowed = MOST * exercise.limits.seconds + _JUDGE_MARGIN
        deadline = time.monotonic() + allowed
        hand.fault = ""
        try:
            judge = self._walls.spawn_judge(exercise.limits, allowed)
        except GraderFault as fault:
            hand.fault = str(fault)
            hand.stops += 1
            return
        workers: dict[int, Child] = {}  # by the order they were handed over, as the judge counts them too
        handed = 0
        builders: list[Child] = []
        channel = Channel(judge.sock)
        known = {check.id: check for check in exercise.checks}
        try:
            channel.send(pickle.dumps(job), deadline)
            while True:
                message = json.loads(channel.receive(deadline))
                if "result" in message:
                    tell(_result(message["result"], known, partial=job.course is not None))
                elif "shown" in message:
                    if on_shown is not None:
                        on_shown(message["cell"], message["shown"])
                elif message.get("want") == "worker":
                    workers[handed] = self._hand_over(exercise, judge, deadline)
                    handed += 1
                elif message.get("want") == "builder":
                    built_by = _hand_over_builder(judge, channel, deadline)
                    builders += [] if built_by is None else [built_by]
                elif message.get("want") == "queued":
                    queued = workers[message["worker"]].queued()
                    channel.send(json.dumps({"queued": queued}).encode(), deadline)
                elif "drop" in message:
                    self._end(workers.pop(message["drop"]), costs)
                else:
                    hand.fault = str(message.get("fault", ""))
                    hand.stops += bool(hand.fault)
                    break
        except TooLate:
            hand.stops += 1
            hand.fault = f"the judge did not finish within {allowed:.0f} seconds"
        except GraderFault as fault:
            hand.stops += 1
            hand.fault = str(fault)
        except (Closed, TooLarge, OSError, ValueError, KeyError):
            hand.fault = "the judge died"
        finally:
            judge.sock.close()
            # Each is ended, whatever became of the others; what came so far stands.
            for child in workers.values():
                with _noted(hand):
                    self._end(child, costs)
            for child in builders:
                with _noted(hand):
                    costs.builder_cpu += _ended(child).cpu_seconds
            with _noted(hand):
                usage = _ended(judge)
                costs.judge_cpu += usage.cpu_seconds
                if hand.fault == "the judge died":
                    hand.fault = f"the judge died ({usage.ended} {usage.status})"

    def _hand_over(self, exercise: Exercise, judge: Child, deadline: float) -> Child:
        """A fresh worker, whose end of the bridge is the judge's from here on."""
        return _sent(
            self._walls.spawn_worker(exercise.limits, max(1.0, deadline - time.monotonic()), exercise.preload), judge
        )

    def _end(self, child: Child, costs: _Costs) -> None:
        usage = _ended(child)
        costs.worker_cpu += usage.cpu_seconds
        costs.peak_memory = max(costs.peak_memory, usage.peak_memory_mb)


@contextlib.contextmanager
def _noted(hand: _Exercise) -> Iterator[None]:
    """A fault at the end of a child is told where nothing else was, and keeps nobody from ending the next."""
    try:
        yield
    except GraderFault as fault:
        hand.fault = hand.fault or str(fault)


def _hand_over_builder(judge: Child, channel: Channel, deadline: float) -> Child | None:
    """A fresh builder, whose socket is the judge's from here on; where there is none the judge is told why."""
    try:
        child = builder.spawn(tools_folder() / "images", builder.Room(seconds=max(1.0, deadline - time.monotonic())))
    except GraderFault as fault:
        channel.send(json.dumps({"without": str(fault)}).encode(), deadline)
        return None
    return _sent(child, judge, lambda: channel.send(b"{}", deadline))


def _sent(child: Child, judge: Child, announce: Callable[[], None] = lambda: None) -> Child:
    """The child, its socket with the judge from here on; ended if the judge is not there to take it."""
    try:
        announce()
        socket.send_fds(judge.sock, [b"w"], [child.sock.fileno()])
    except BaseException:
        with contextlib.suppress(GraderFault):
            _ended(child)
        raise
    finally:
        child.sock.close()
    return child


def _ended(child: Child) -> Usage:
    """Give a child a moment to end by itself, so that its costs are known; then make it."""
    try:
        return child.wait(0.5)
    finally:
        child.kill()


def _result(fields: dict[str, object], known: dict[str, Check], *, partial: bool) -> CheckResult:
    """A judge's line as a record; the check's own facts come from the catalog, not from the message.

    ``partial``: a failed check may be worth something, as tests of an nbgrader course can be.
    """
    check = known[str(fields["id"])]
    reason = fields["reason"]
    outcome = Outcome(str(fields["outcome"]))
    verdict = Verdict(
        outcome,
        None if reason is None else SkipReason(str(reason)),
        str(fields["message"]),
        points=float(str(fields["points"])) if partial and outcome is Outcome.FAILED else None,
    )
    return result(check, verdict, float(str(fields["seconds"])))


@cache
def environment() -> Environment:
    """Python, the installed packages (by digest of names and versions) and the platform."""
    # Where packages are installed, and not sys.path: that holds the current folder in one process and not in another.
    places = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    packages = sorted({f"{found.metadata['Name']}=={found.version}".lower() for found in distributions(path=places)})
    return Environment(
        python=platform.python_version(),
        packages_digest="sha256:" + sha256("\n".join(packages).encode()).hexdigest(),
        platform=f"{sys.platform}-{platform.machine()}",
    )
