"""Makes learners' data before their jobs come up, several learners to a process.

A generator imports its libraries once a process, which takes longer than a learner's data does.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from itertools import groupby

from grader import catalog, generated, history
from grader.cohort.plan import Job
from grader.seeds import Key

_FIRST, _MOST = 2, 8  # learners who share a process: few at first, so that grading soon begins


class Ahead:
    """A thread that makes the data of jobs in their order, from entering to leaving.

    It only saves time: where it fails, the job makes its own data and meets the fault itself.
    """

    def __init__(self, key: Key, jobs: Sequence[Job]) -> None:
        self._key = key
        self._batches = list(_batches(jobs))
        self._tried = {job: threading.Event() for job in jobs}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="making-data", daemon=True)

    def __enter__(self) -> Ahead:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def wait(self, job: Job) -> None:
        """Return when the job's data is there, or was tried in vain."""
        self._tried[job].wait()

    def _run(self) -> None:
        for batch in self._batches:
            if not self._stopped.is_set():
                with contextlib.suppress(Exception):
                    level = catalog.find_level(batch[0].level)
                    learners = [job.learner for job in batch]
                    generated.prepare_all(level, self._key, learners, 1, batch[0].exercises)
                    for exercise in level.exercises:
                        if exercise.kind == "repo":
                            history.start_commits(level.folder, exercise.id)  # kept by this process
            for job in batch:
                self._tried[job].set()


def _batches(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    for _, alike in groupby(jobs, key=lambda job: (job.level, job.exercises)):
        left = list(alike)
        size = _FIRST
        while left:
            yield left[:size]
            left, size = left[size:], min(2 * size, _MOST)
