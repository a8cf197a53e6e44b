"""A run that is killed at random points and resumed, against one that nobody disturbs: the same ledger but for times.

    python benchmarks/resume.py [LEVEL] [--submissions N] [--kills N] [--jobs N] [--seed N]

Grades N whole submissions twice by `ladder cohort grade` in processes of its own: once undisturbed, once with SIGKILL
to the command at seeded random moments spread over the run, each time continued with --resume. Prints both times and
compares the scorecards in both ledgers; exit code 1 if they differ, if one is there twice, or if a chain does not hold.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import inbox as inboxes

from grader import catalog
from grader.cohort.settings import NAME
from grader.ledger import Kind, open_ledger
from grader.seeds import Key

TIMES = ("started", "seconds", "peak_memory", "phases")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level", nargs="?", default="1")
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    level = catalog.find_level(wanted.level)
    with tempfile.TemporaryDirectory(prefix="ladder-resume-") as name:
        folder = Path(name)
        inboxes.fill(folder / "inbox", level, Key.practice(), wanted.submissions)
        command = [sys.executable, "-m", "grader.cli", "cohort", "grade", str(folder / "inbox")]
        command += ["--jobs", str(wanted.jobs)]
        quiet, quiet_time = folder / "quiet", time.monotonic()
        _run([*command, "--out", str(quiet)])
        quiet_time = time.monotonic() - quiet_time
        print(f"undisturbed: {quiet_time:.0f} s", flush=True)
        cut, cut_time = folder / "cut", time.monotonic()
        _disturbed([*command, "--out", str(cut)], wanted.kills, quiet_time, random.Random(wanted.seed))
        print(f"killed {wanted.kills} times: {time.monotonic() - cut_time:.0f} s", flush=True)
        same = _same(_scorecards(quiet), _scorecards(cut), wanted.submissions)
    raise SystemExit(0 if same else 1)


def _disturbed(command: list[str], kills: int, expected: float, chance: random.Random) -> None:
    """The run, killed ``kills`` times, at a random moment in an equal share each of the time it is expected to take."""
    words: list[str] = []
    for number in range(kills):
        share = expected / (kills + 1)
        moment = chance.uniform(0.2, 1.0) * share
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with subprocess.Popen([*command, *words], text=True, **pipes) as process:
            try:
                process.communicate(timeout=moment)
                print(f"kill {number + 1}: the run was over before")
                return
            except subprocess.TimeoutExpired:
                process.kill()
                said = (process.communicate()[1] or "").splitlines()
                print(f"kill {number + 1} after {moment:.1f} s: {said[-1] if said else 'nothing said'}", flush=True)
        words = ["--resume"]
    _run([*command, *words])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"the run ended with {done.returncode}:\n{done.stderr}")


def _scorecards(out: Path) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    with open_ledger(out / "ledger.db", NAME, create=False) as ledger:
        for fault in ledger.verify():
            raise SystemExit(f"{out.name}: {fault}")
        for entry in ledger.entries(kind=Kind.SCORECARD):
            card = {key: value for key, value in entry.body["scorecard"].items() if key not in TIMES}
            card["checks"] = [{**check, "seconds": 0} for check in card["checks"]]
            found.setdefault(entry.learner, []).append(card)
    return found


def _same(quiet: dict[str, list[Mapping[str, Any]]], cut: dict[str, list[Mapping[str, Any]]], submissions: int) -> bool:
    twice = [name for found in (quiet, cut) for name, cards in found.items() if len(cards) != 1]
    differ = [name for name in sorted(quiet.keys() | cut.keys()) if quiet.get(name) != cut.get(name)]
    print(f"scorecards: {len(quiet)} undisturbed, {len(cut)} resumed, of {submissions}; twice: {len(twice)}")
    print(f"different but for times: {len(differ)}")
    for name in differ:
        for one, other in zip(quiet.get(name, []), cut.get(name, []), strict=False):
            print(f"  {name}: {[key for key in one if one[key] != other.get(key)]}")
            for check, again in zip(one["checks"], other["checks"], strict=True):
                if check != again:
                    print(f"    {check['id']}: {check['outcome']} {check['message']!r}")
                    print(f"      {again['outcome']} {again['message']!r}")
    return not twice and not differ and len(cut) == len(quiet) == submissions


if __name__ == "__main__":
    main()
