"""The evidence of a decision as a folder of files, each named with its digest: a function of ledger and submission.

``OUT/<learner>/<level>/``: README.md, decision.json, scorecard.json, reviews.json, entries.json, skills.csv, excerpts/.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader import intake, scoring
from grader.cohort.arrivals import Arrival
from grader.cohort.folder import safe_name
from grader.cohort.store import Store
from grader.errors import GraderFault, InputError
from grader.ledger import Entry, Ledger, Standing
from grader.model import JSON, Level
from grader.promotion import review
from grader.promotion.decision import Decision
from grader.promotion.excerpts import excerpts
from grader.promotion.readme import readme
from grader.seeds import Key
from grader.tree import Tree
from grader.workspace.given import data as handed_out

README = "README.md"


@dataclasses.dataclass(frozen=True)
class Taken:
    """What was handed in, as it was graded. ``tree`` None: it is not in a store here, and ``why_none`` says why.

    ``given`` is the data that its learner had been handed out, by exercise; empty where no key is known to make it.
    """

    arrival: Entry | None
    tree: Tree | None
    why_none: str = ""
    given: Mapping[str, Tree] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Everything a decision rests on; ``entries`` in order, the decision's own last."""

    ledger: str
    level: Level
    decision: Decision
    entries: tuple[Entry, ...]
    taken: Taken


def take(ledger: Ledger, store: Store | None, level: Level, standing: Standing, key: Key | None = None) -> Taken:
    """The submission that stands, out of the store; to be called before a decision is recorded.

    ``key`` is the cohort's, for what its learners were handed out.
    GraderFault if the store holds another submission than the one that was graded, or none that can be read.
    """
    arrival = _arrival(ledger, standing)
    if arrival is None:
        return Taken(None, None, "the ledger does not say where the submission is")
    if store is None:
        return Taken(arrival, None, "no store was named")
    tree = _submission(store, arrival, level, standing.scorecard.submission_digest)
    return Taken(arrival, tree, given={} if key is None else handed_out(level, key, standing.entry.learner))


def gather(ledger: Ledger, level: Level, decision: Decision, taken: Taken) -> Evidence:
    """The entries that a decision rests on; GraderFault if ``taken`` is not the submission it is about."""
    standing = decision.standing
    if taken.tree is not None and taken.tree.digest != standing.scorecard.submission_digest:
        raise GraderFault(f"{standing.entry.learner}: another submission came to stand meanwhile; decide again")
    rests_on = {standing.entry.digest, *decision.entry.body["reviews"]}
    rests_on |= {digest for line in decision.lines for digest in line.rests_on}
    if taken.arrival is not None:
        rests_on.add(taken.arrival.digest)
    found = [entry for entry in map(ledger.by_digest, sorted(rests_on)) if entry is not None]
    if len(found) < len(rests_on):
        raise GraderFault(f"ledger {ledger.name}: an entry that the decision rests on is not there")
    entries = (*sorted(found, key=lambda entry: entry.number), decision.entry)
    return Evidence(ledger.cohort, level, decision, entries, taken)


def files(evidence: Evidence) -> dict[str, bytes]:
    """Every file of the folder by its relative path; README.md holds the digests of all others."""
    standing = evidence.decision.standing
    made: dict[str, bytes] = {
        "decision.json": _json(entry_json(evidence.decision.entry)),
        "scorecard.json": _json(scoring.to_json(standing.scorecard)),
        "reviews.json": _json(_reviews(evidence.level, standing)),
        "entries.json": _json([entry_json(entry) for entry in evidence.entries]),
        "skills.csv": _skills(evidence.level, standing),
    }
    if evidence.taken.tree is not None:
        for name, text in excerpts(evidence.level, evidence.taken.tree, evidence.taken.given).items():
            made[f"excerpts/{name}"] = text.encode("utf-8", "replace")
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(made.items())}
    text = readme(
        evidence.level, evidence.decision, evidence.entries, evidence.ledger, digests, evidence.taken.why_none
    )
    return {README: text.encode("utf-8"), **made}


def write(out: Path, evidence: Evidence) -> Path:
    """Write ``OUT/<learner>/<level>/``, in place of what an earlier decision left there; its path.

    InputError if something else is there, or OUT cannot be written to.
    """
    target = out / safe_name(evidence.decision.entry.learner) / evidence.level.id
    if target.is_symlink() or (target.exists() and not (target / "decision.json").is_file()):
        raise InputError(f"{target}: is there and holds no evidence of ours; name another folder with --out")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, files(evidence))
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from None
    return target


def entry_json(entry: Entry) -> JSON:
    """All fields of an entry; its digest is sha256 of the canonical JSON of the others."""
    return {**dataclasses.asdict(entry), "kind": entry.kind.value, "body": dict(entry.body)}


def _arrival(ledger: Ledger, standing: Standing) -> Entry | None:
    """The arrival that the scorecard was made of; another one of the very same files will do."""
    digest = standing.entry.body.get("arrival")
    found = ledger.by_digest(digest) if isinstance(digest, str) else None
    if found is None and standing.arrival is not None:
        same = standing.arrival.body["tree_digest"] == standing.scorecard.submission_digest
        found = standing.arrival if same else None
    return found


def _submission(store: Store, arrival: Entry, level: Level, digest: str) -> Tree:
    """The clean tree that was graded, read from the store the way it was read for grading."""
    data = store.get(Arrival.of(arrival).digest)
    try:
        tree = intake.read_archive(data, "the submission", level.id).tree
    except InputError as error:
        raise GraderFault(f"store {store.url}: {error}: it cannot be read any more") from None
    if tree.digest != digest:
        raise GraderFault(f"store {store.url}: the submission is read as {tree.digest}, but {digest} was graded")
    return tree


def _reviews(level: Level, standing: Standing) -> list[JSON]:
    """Every review there is, in order, in words: also those that do not count, and why not."""
    why: dict[str, str] = {}
    for rubric in level.reviews:
        counted = review.count(rubric, standing)
        for reviews, said in (
            (counted.counting, ""),
            (counted.replaced, "the same mentor marked this submission again later"),
            (counted.other_submission, "it is of another submission"),
            (counted.other_rubric, "the rubric has changed since"),
        ):
            why.update({one.entry.digest: said for one in reviews})
    rubrics = {rubric.id: rubric for rubric in level.reviews}
    told = []
    for entry in standing.reviews:
        known = rubrics.get(str(entry.body.get("review")))
        said = why.get(entry.digest, "the level has no such review any more")
        told.append(
            {
                "entry": entry.digest,
                "at": entry.at,
                "by": entry.by,
                "title": known.title if known else "",
                "counts": not said,
                "why_not": said,
                **entry.body,
            }
        )
    return told


def _skills(level: Level, standing: Standing) -> bytes:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["skill", "name", "points", "max_points", "share", "bar"])
    names = {skill.id: skill.name for skill in level.skills}
    for skill, of in standing.scorecard.skills.items():
        share = f"{of.points / of.max_points:.4f}" if of.max_points else ""
        row = [skill, names.get(skill, ""), f"{of.points:g}", f"{of.max_points:g}", share, f"{level.rule.skill:g}"]
        writer.writerow(row)
    return table.getvalue().encode()


def _json(value: object) -> bytes:
    # ASCII: no character of a learner's name or message can reach a terminal from these files
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode("ascii")


def _replace(target: Path, made: Mapping[str, bytes]) -> None:
    """The whole folder or none of it: written beside its place, then moved there."""
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        Tree(made).write(partial)
        partial.chmod(0o755)
        former = partial.with_name(partial.name + "-former")
        if target.exists():
            target.rename(former)
        partial.rename(target)
        if former.exists():
            shutil.rmtree(former)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
