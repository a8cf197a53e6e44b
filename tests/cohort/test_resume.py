"""A run that is cut off at seeded moments, by SIGKILL and SIGINT, and goes on: the ledger is that of a quiet run."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from grader.cohort.settings import NAME
from grader.ledger import Kind, open_ledger

pytestmark = pytest.mark.walls
SUBMISSIONS = 12
RUN = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
from pathlib import Path
from grader.cohort.inbox import found_in
from grader.cohort.run import How, grade_cohort
from grader.cohort.settings import for_inbox
from grader.seeds import Key
out = Path(sys.argv[2])
out.mkdir(exist_ok=True)
how = How(jobs=2, resume="--resume" in sys.argv, exercises=("01-add",))
sys.exit(grade_cohort(for_inbox(Key.practice(), out), lambda: found_in(Path(sys.argv[1])), how))
"""


def start(inbox, out, *words):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, inbox, out, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def lines_until(process, wanted, count):
    """Reads what the run says until ``count`` lines hold ``wanted``, or to its end."""
    said = []
    for line in process.stderr:
        said.append(line.rstrip("\n"))
        count -= wanted in line
        if not count:
            break
    return said


def scorecards(out):
    """What the ledger holds, times apart."""
    with open_ledger(out / "ledger.db", NAME, create=False) as ledger:
        assert list(ledger.verify()) == []
        found = {}
        for entry in ledger.entries(kind=Kind.SCORECARD):
            card = dict(entry.body["scorecard"])
            for key in ("started", "seconds", "peak_memory", "phases"):
                del card[key]
            card["checks"] = [{**check, "seconds": 0} for check in card["checks"]]
            found[entry.key] = (card, ledger.by_digest(entry.body["arrival"]).body["digest"])
        standing = [one.entry.key for one in ledger.standing()]
    assert sorted(standing) == sorted(found)
    return found


def test_a_run_that_is_killed_and_resumed_leaves_the_same_ledger(packer, inbox, tmp_path):
    answers = ("starter", "01-add", "tool")
    for number in range(SUBMISSIONS):
        path = packer.put(inbox, f"learner-{number:02}", answers[number % 3])
        os.utime(path, (1e9 + number, 1e9 + number))
    with start(inbox, tmp_path / "quiet") as quiet:
        said = quiet.stderr.read()
    assert quiet.returncode == 0, said

    chance = random.Random(20261123)
    cut = tmp_path / "cut"
    with start(inbox, cut) as reading:
        # while the inbox is read: entries come before anything is graded
        wait_for(lambda: (cut / "store" / "submissions").is_dir())
        time.sleep(chance.uniform(0, 0.2))
        reading.kill()
    words = []
    for how in (signal.SIGKILL, signal.SIGINT, signal.SIGKILL):
        with start(inbox, cut, *words) as process:
            lines_until(process, "graded ", chance.randint(1, 2))
            time.sleep(chance.uniform(0, 0.2))  # at a few a second, some are left for the next time
            process.send_signal(how)
            said = process.stderr.read()
        assert process.returncode == (-how if how is signal.SIGKILL else 130), said
        assert "Traceback" not in said
        if how is signal.SIGINT:
            assert "are graded and kept, and --resume goes on with the rest" in said
        words = ["--resume"]
    with start(inbox, cut, "--resume") as last:
        said = lines_until(last, "graded ", 1)
        assert "note: going on with the unfinished run; the inbox is not read again" in said
        kill_a_zygote(last.pid)
        said = last.stderr.read()
    assert last.returncode == 0, said

    assert scorecards(cut) == scorecards(tmp_path / "quiet")
    assert len(scorecards(cut)) == SUBMISSIONS
    results = [path.name for path in Path(cut, "store", "results").iterdir() if not path.name.startswith(".")]
    assert sorted(results) == sorted(scorecards(cut))


def wait_for(holds):
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def kill_a_zygote(main):
    """SIGKILL to one of bubblewrap's processes: the walls put up another."""
    for child in psutil.Process(main).children(recursive=True):
        if "bwrap" in child.name():
            child.kill()
            return
    raise AssertionError("no bubblewrap runs")
