"""Many graders write at once: no gap, no fork, each once, whichever of them is killed."""

import multiprocessing
import subprocess
import sys
import threading
import warnings

from grader.ledger import Kind, open_ledger

WRITER = """
import sys
import time
from pathlib import Path
from grader.ledger import Kind, open_ledger
address, name, gate, many = sys.argv[1:]
while not Path(gate).exists():
    time.sleep(0.01)
with open_ledger(address) as ledger:
    for n in range(int(many)):
        for key in (f"{name} {n}", f"shared {n}"):
            ledger.append(Kind.DECISION, learner=name, level="01-intern", by="ladder", key=key, body={"n": n})
        print(n, flush=True)
"""


def start(address, name, gate, many):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, address, name, str(gate), str(many)], stdout=subprocess.PIPE, text=True
    )


def test_processes_that_open_and_append_at_once_make_one_chain(empty_address, tmp_path):
    gate = tmp_path / "gate"
    writers = [start(empty_address, name, gate, 8) for name in ("one", "two", "three")]
    gate.touch()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    with open_ledger(empty_address, create=False) as ledger:
        assert list(ledger.verify()) == []
        keys = [entry.key for entry in ledger.entries()]
        own = {f"{name} {n}" for name in ("one", "two", "three") for n in range(8)}
        assert len(keys) == len(set(keys)) == 32
        assert set(keys) == own | {f"shared {n}" for n in range(8)}


def test_a_writer_that_is_killed_leaves_a_whole_chain(address, tmp_path):
    gate = tmp_path / "gate"
    gate.touch()
    writer = start(address, "one", gate, 100_000)
    said = [int(writer.stdout.readline()) for _ in range(20)]
    writer.kill()
    said += [int(line) for line in writer.communicate()[0].splitlines()]
    with open_ledger(address) as ledger:
        assert list(ledger.verify()) == []
        keys = {entry.key for entry in ledger.entries()}
        assert keys >= {f"one {n}" for n in said}
        before = ledger.head()[0]
        assert ledger.append(Kind.DECISION, learner="a", level="b", by="c", key="next", body={}).number == before + 1


def test_threads_share_a_ledger(ledger, card):
    def work(name):
        for n in range(10):
            ledger.add_scorecard(card(learner=name, submission=f"sha256:{n}"), key=f"{name} {n}", arrival=None)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c", "d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(ledger.verify()) == []
    assert ledger.head()[0] == 40
    assert {each.scorecard.submission_digest for each in ledger.standing()} == {"sha256:9"}


def test_a_forked_child_writes_through_connections_of_its_own(ledger):
    def work():
        ledger.append(Kind.DECISION, learner="a", level="b", by="c", key="child", body={})

    ledger.append(Kind.DECISION, learner="a", level="b", by="c", key="parent", body={})
    child = multiprocessing.get_context("fork").Process(target=work)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads of others
        child.start()
    child.join()
    assert child.exitcode == 0
    ledger.append(Kind.DECISION, learner="a", level="b", by="c", key="parent again", body={})
    assert [entry.key for entry in ledger.entries()] == ["parent", "child", "parent again"]
    assert list(ledger.verify()) == []
