"""Jobs on a real Dask cluster of processes on this machine: scheduler and workers that can be killed."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import time

import pytest

from grader.cohort import cluster as clusters
from grader.cohort.arrivals import collect
from grader.cohort.cluster import Cluster
from grader.cohort.inbox import found_in
from grader.cohort.jobs import Bench, Context
from grader.cohort.local import Graded, Rejected, grade_jobs
from grader.cohort.plan import Planner, Versions, plan
from grader.errors import InputError
from grader.grading import environment

pytestmark = pytest.mark.walls
TIMES = {"started": "", "seconds": 0.0, "peak_memory": 0.0, "phases": {}}


class Processes:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder):
        self._folder = folder
        self._all = []
        self.address = ""

    def scheduler(self, port=0):
        file = self._folder / f"scheduler-{len(self._all)}.json"
        process = self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--scheduler-file", file)
        wait_for(lambda: file.exists() and file.stat().st_size)
        wait_for(lambda: '"address"' in file.read_text())
        self.address = file.read_text().split('"address": "')[1].split('"')[0]
        return process

    def worker(self, *options, levels=None):
        return self._start(
            "worker", self.address, "--no-nanny", "--nthreads", 1, "--host", "127.0.0.1", "--death-timeout", 60,
            "--local-directory", self._folder, *options, levels=levels,
        )  # fmt: skip

    def _start(self, *words, levels=None):
        variables = {**os.environ, **({"LADDER_LEVELS": str(levels)} if levels else {})}
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", words[0], "--no-dashboard", *map(str, words[1:])],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=variables,
        )  # fmt: skip
        self._all.append(process)
        return process

    def close(self):
        for process in self._all:
            process.kill()
        for process in self._all:
            process.wait(10)


def wait_for(holds, seconds=60):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def processes(small, tmp_path):
    made = Processes(tmp_path)
    yield made
    made.close()


@pytest.fixture
def job_of(packer, inbox, cohort, store, ledger):
    """Makes jobs of learners' submissions, as a run would."""

    def make(**answers):
        for learner, answer in answers.items():
            packer.put(inbox, learner, answer)
        arrivals = collect(found_in(inbox), cohort, store, ledger).arrivals
        return plan(arrivals, Planner(cohort.key, Versions.of(environment(), "namespaces")))

    return make


def cards(done):
    for one in done:
        assert isinstance(one, Graded), one
    return {one.item.learner: dataclasses.replace(one.scorecard, **TIMES, checks=untimed(one)) for one in done}


def untimed(one):
    return tuple(dataclasses.replace(check, seconds=0.0) for check in one.scorecard.checks)


def test_workers_and_schedulers_that_are_killed_lose_nothing(processes, job_of, cohort, store, real_walls, monkeypatch):
    monkeypatch.setattr(clusters, "_PAUSE", 0.5)
    jobs = [dataclasses.replace(job, resource="torch") for job in job_of(ann="starter", ben="01-add", cem="tool")]
    context = Context(store.url, cohort.key)
    local = cards(list(grade_jobs(jobs, Bench(real_walls, context), 2, lambda job, line: None)))
    scheduler = processes.scheduler()
    first, said, kept = processes.worker("--resources", "torch=1"), [], {}
    with Cluster(processes.address, said.append) as cluster:
        assert cluster.versions().walls == "namespaces"
        coming = cluster.grade_jobs(jobs, context, lambda job, line: kept.update({job.digest: line}))
        done = [next(coming)]
        second = processes.worker("--resources", "torch=1")
        first.kill()  # it has the second job in hand
        done.append(next(coming))
        for process in (scheduler, second):
            process.kill()
            process.wait()
        processes.scheduler(port=processes.address.rsplit(":", 1)[1])
        processes.worker("--resources", "torch=1")
        done += coming
    assert cards(done) == local
    assert kept.keys() == {job.digest for job in jobs}
    assert [line for line in said if "left out" in line] == []
    assert ["; 1 jobs are handed in again once one answers" in line for line in said if "is gone" in line] == [True]


def test_a_worker_with_other_levels_is_left_out(processes, job_of, cohort, store, small, tmp_path):
    jobs = job_of(ann="starter")
    shutil.copytree(small.levels, tmp_path / "levels")
    (tmp_path / "levels" / "01-small" / "generate.py").write_text("# an older one\n")
    processes.scheduler()
    processes.worker(levels=tmp_path / "levels")
    said = []
    with Cluster(processes.address, said.append) as cluster:
        (done,) = cluster.grade_jobs(jobs, Context(store.url, cohort.key), lambda job, line: None)
    assert isinstance(done, Rejected)
    assert "no worker" in str(done.error)
    assert ["the checks of 01-small here are not those" in line for line in said] == [True]


def test_no_scheduler_is_one_line(monkeypatch):
    monkeypatch.setattr(clusters, "_CONNECT_SECONDS", 1.0)
    with pytest.raises(InputError, match="--dask tcp://127.0.0.1:1: no scheduler answers there"):
        Cluster("tcp://127.0.0.1:1", print)
