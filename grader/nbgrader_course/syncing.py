"""`ladder gradebook sync` as a person sees it: a line for each learner and level."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from grader import catalog, intake
from grader.cohort.arrivals import Arrival
from grader.cohort.settings import Cohort
from grader.cohort.store import Damaged, Store
from grader.errors import GraderFault, InputError
from grader.ledger import Ledger, Standing, open_ledger
from grader.nbgrader_course import pages
from grader.nbgrader_course.course import gradebook_at, open_course
from grader.nbgrader_course.sync import Synced, marks_of, sync
from grader.tree import Tree


def run(cohort: Cohort, address: str, by: str, course: Path | None, *, create: bool = False) -> Iterator[str]:
    """Sync a cohort with the gradebook at ``address`` (a path or URL); what was done, a line for each."""
    coursedir = None if course is None else open_course(course).coursedir
    store = Store(cohort.store)
    name = cohort.name if coursedir is None else coursedir.course_id
    with (
        open_ledger(cohort.ledger, cohort.name, create=False) as ledger,
        gradebook_at(_url(address), name, create=create) as book,
    ):
        for one in sync(ledger, book, by):
            yield _line(one)
        if coursedir is not None:
            yield from _write_pages(ledger, store, coursedir)


def _url(address: str) -> str:
    if "://" not in address:
        return f"sqlite:///{Path(address).resolve()}"
    scheme, rest = address.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme in ("postgresql", "postgres") else address


def _line(one: Synced) -> str:
    said = [f"{one.scores} scores entered" if one.scores else "nothing new"]
    if one.flagged:
        said.append(f"{one.flagged} manual marks kept and flagged")
    if one.review is not None:
        said.append(f"{len(marks_of(one.review))} marks read back")
    return f"{one.learner}  {one.level}  {', '.join(said)}"


def _write_pages(ledger: Ledger, store: Store, coursedir: CourseDirectory) -> Iterator[str]:
    """A line for each learner whose pages are not whole; GraderFault at the end if some could not be written."""
    count = failed = 0
    for standing in ledger.standing():
        count += 1
        level = catalog.find_level(standing.entry.level)
        who = f"{standing.entry.learner}  {level.id}"
        folder = Path(coursedir.format_path(coursedir.autograded_directory, standing.entry.learner, level.id))
        try:
            submitted = _submitted(store, standing)
        except (InputError, Damaged) as fault:  # a page without the learner's answers is a page all the same
            submitted = None
            yield f"{who}  the pages are without the answers: {fault}"
        try:
            pages.write(folder, level, standing.scorecard, submitted)
        except OSError as fault:
            failed += 1
            yield f"{who}  {fault.filename or folder}: cannot be written: {fault.strerror or fault}"
    if failed:
        raise GraderFault(f"{failed} of {count} learners' pages could not be written")


def _submitted(store: Store, standing: Standing) -> Tree | None:
    """What was graded, None if something newer was handed in; InputError or Damaged if the store no longer has it."""
    if standing.arrival is None or standing.arrival.body.get("tree_digest") != standing.scorecard.submission_digest:
        return None
    data = store.get(Arrival.of(standing.arrival).digest)
    return intake.read_archive(data, "the submission", standing.entry.level).tree
