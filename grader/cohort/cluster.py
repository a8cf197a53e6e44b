"""Does jobs on a Dask cluster: the same jobs as the local pool, with the same results.

A worker needs this grader and these levels, and reads submissions out of the store; it needs no disk in common with
this machine. What a worker had in hand when it was lost is done by another; what a scheduler had in hand when it was
lost is handed in again once one answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from distributed import Client, as_completed, get_worker

from grader import scoring
from grader.cohort import jobs as doing
from grader.cohort.jobs import Context, Refused
from grader.cohort.local import Graded, Keep, Rejected
from grader.cohort.plan import Job, Versions
from grader.cohort.store import Store, StoreFault
from grader.errors import GraderFault, InputError, LadderError, NoWalls

Say = Callable[[str], None]

_CONNECT_SECONDS = 15.0
_TRIES = 8  # connections in a row that bring no result
_PAUSE = 5.0  # seconds before a scheduler is tried again; longer each time
_FIRST_WORKER_SECONDS = 600.0  # a cluster that adapts starts its first worker when the first job comes
_LOOK_SECONDS = 15.0  # between looks at which workers there are
_POLL_SECONDS = 0.05
_GONE = (OSError, RuntimeError, TimeoutError, asyncio.CancelledError)  # what Dask raises for a scheduler it has lost


@dataclass(frozen=True)
class Answer:
    """What a worker says of a job: a result, or why it cannot do it, or what broke. One of the three is not empty."""

    line: str = ""
    refused: str = ""
    fault: str = ""
    worker: str = ""


def do(job: Job, context: Context) -> Answer:
    """One job, on a worker."""
    worker = str(get_worker().address)
    try:
        return Answer(line=doing.run_job(job, context), worker=worker)
    except (Refused, StoreFault, NoWalls) as fault:  # another worker may well do it
        return Answer(refused=str(fault), worker=worker)
    except LadderError as fault:
        return Answer(fault=str(fault), worker=worker)
    except Exception as fault:  # noqa: BLE001 - a fault of ours in one submission leaves the others alone
        return Answer(fault=f"{job.name}: {type(fault).__name__}: {fault}", worker=worker)


class Cluster:
    """A Dask cluster at ``address`` (``tcp://…``, or ``tls://…`` with the certificates of Dask's own configuration).

    A context manager. InputError if no scheduler answers there.
    """

    def __init__(self, address: str, say: Say) -> None:
        self._address = address
        self._say = say
        self._refusing: set[str] = set()  # addresses of workers that cannot do these jobs
        self._said: set[str] = set()
        self._lost = False  # the scheduler went away with jobs in hand
        self._stopped = False
        for name in ("distributed", "distributed.client"):  # what is lost is said here, in one line
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            self._client: Client | None = self._connect()
        except (*_GONE, ValueError, TypeError) as error:
            raise InputError(f"--dask {address}: no scheduler answers there: {_line(error)}") from None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._close()

    def versions(self) -> Versions:
        """What the cluster's first worker grades with; GraderFault if none comes."""
        assert self._client is not None
        asked = self._client.submit(doing.own_versions, pure=False)
        began = time.monotonic()
        while True:
            try:
                found: Versions = asked.result(timeout=20)
                return found
            except TimeoutError:
                if time.monotonic() - began > _FIRST_WORKER_SECONDS:
                    raise GraderFault(f"--dask {self._address}: no worker came to grade") from None
                self._say_once(f"waiting for a worker of {self._address}")
            except LadderError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a worker or the scheduler raises
                raise GraderFault(f"--dask {self._address}: no worker can grade: {_line(error)}") from None

    def grade_jobs(self, jobs: Sequence[Job], context: Context, keep: Keep) -> Iterator[Graded | Rejected]:
        """Do every job; yields each as it is done. ``keep`` is called as soon as a result has come back.

        GraderFault if the scheduler is gone and stays so.
        """
        yield from _ahead(self._all(jobs, context, keep))

    def _all(self, jobs: Sequence[Job], context: Context, keep: Keep) -> Iterator[Graded | Rejected]:
        left = {job.digest: job for job in jobs}
        tries = 0
        while left and not self._stopped:
            before = len(left)
            for done in self._once(list(left.values()), context, keep):
                assert isinstance(done.item, Job)
                del left[done.item.digest]
                yield done
            tries = 0 if len(left) < before else tries
            if left and self._lost and not self._stopped:
                tries = self._connect_again(tries, len(left))

    def _connect_again(self, tries: int, left: int) -> int:
        """A new connection after the scheduler was lost; GraderFault after ``_TRIES`` that brought nothing."""
        self._say(f"the scheduler at {self._address} is gone; {left} jobs are handed in again once one answers")
        self._close()
        while self._client is None:
            tries += 1
            if tries > _TRIES:
                raise GraderFault(f"--dask {self._address}: the scheduler is gone and did not come back")
            time.sleep(min(_PAUSE * tries, 30.0))
            try:
                self._client = self._connect()
            except _GONE:
                continue
        self._lost = False
        return tries

    def _once(self, jobs: Sequence[Job], context: Context, keep: Keep) -> Iterator[Graded | Rejected]:
        """Hand the jobs in and take what comes back, until all has or the scheduler is lost."""
        client = self._client
        assert client is not None
        try:
            able = self._able(client)
            if able == []:
                for job in jobs:
                    yield Rejected(job, GraderFault(f"{job.name}: no worker of {self._address} can do it"))
                return
            waiting = {
                client.submit(
                    do, job, context, key=f"ladder-{job.digest}", pure=False, priority=len(jobs) - place,
                    resources={job.resource: 1} if job.resource else None, workers=able,
                ): job
                for place, job in enumerate(jobs)
            }  # fmt: skip
            for future, answer in self._answers(client, list(waiting), {job.resource for job in jobs} - {""}, able):
                done = self._judge(waiting.pop(future), future.status, answer, context, keep)
                future.release()
                if done is not None:
                    yield done
        except _GONE:
            self._lost = True

    def _answers(
        self, client: Client, futures: list[Any], resources: set[str], able: list[str] | None
    ) -> Iterator[tuple[Any, Any]]:
        """Each future with its result as it comes; ends early where those that are left cannot come."""
        coming = as_completed(  # type: ignore[no-untyped-call]
            futures, loop=client.loop, with_results=True, raise_errors=False
        )
        looked = time.monotonic()
        while not coming.is_empty():  # type: ignore[no-untyped-call]  # distributed is typed in part
            batch = coming.next_batch(block=False)  # type: ignore[no-untyped-call]
            yield from batch
            if batch:
                continue
            comm = client.scheduler_comm
            # A scheduler that takes its leave ends the connection and answers for no job any more.
            if client.status == "closed" or (client.status == "running" and (comm is None or comm.comm.closed())):
                self._lost = True
                return
            if time.monotonic() - looked > _LOOK_SECONDS and client.status == "running":
                looked = time.monotonic()
                if not self._look(client, resources, able):
                    return
            time.sleep(_POLL_SECONDS)

    def _look(self, client: Client, resources: set[str], able: list[str] | None) -> bool:
        """Say what the jobs wait for; False if they wait for workers that are gone."""
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            self._say_once(f"{self._address} has no worker; the jobs wait for one")
            return True
        offered = {name for worker in workers.values() for name in worker.get("resources", {})}
        for resource in sorted(resources - offered):
            self._say_once(f"no worker of {self._address} offers {resource!r}; its jobs wait for one that does")
        return able is None or bool(set(able) & set(workers))

    def _judge(self, job: Job, status: str, answer: Any, context: Context, keep: Keep) -> Graded | Rejected | None:
        """What came of one job; None: it is to be done again."""
        if status == "error":
            why = answer[1] if isinstance(answer, tuple) else answer
            return Rejected(job, GraderFault(f"{job.name}: {_line(why)}"))
        if not isinstance(answer, Answer):
            self._lost = True
            return None
        if answer.refused:
            try:
                Store(context.store).get(job.submission)
            except StoreFault as fault:  # not the worker's doing
                return Rejected(job, fault)
            if answer.worker not in self._refusing:
                self._refusing.add(answer.worker)
                self._say(f"worker {answer.worker} is left out: {answer.refused}")
            return None
        if answer.fault:
            return Rejected(job, GraderFault(answer.fault))
        card = scoring.from_line(answer.line)
        if not card.has_errors:
            keep(job, answer.line)
        return Graded(job, card)

    def _able(self, client: Client) -> list[str] | None:
        """The workers that may have jobs; None: all, also those still to come."""
        if not self._refusing:
            return None
        known = client.scheduler_info(n_workers=-1)["workers"]
        return [address for address in known if address not in self._refusing]

    def _connect(self) -> Client:
        return Client(self._address, timeout=_CONNECT_SECONDS, set_as_default=False, name="ladder")  # type: ignore[no-untyped-call]

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*_GONE):
                client.close(timeout=5)  # type: ignore[no-untyped-call]

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._say(text)


def _ahead(things: Iterator[Graded | Rejected]) -> Iterator[Graded | Rejected]:
    """The same things, taken as they come by a thread of their own: results are kept while their reader waits."""
    done: queue.SimpleQueue[Graded | Rejected | BaseException | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            for one in things:
                done.put(one)
            done.put(None)
        except BaseException as error:  # noqa: BLE001 - raised where the things are read
            done.put(error)

    threading.Thread(target=run, name="cluster", daemon=True).start()
    while True:
        one = done.get()
        if one is None:
            return
        if isinstance(one, BaseException):
            raise one
        yield one


def _line(error: object) -> str:
    """The first line of what Dask says."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
