"""The page of an evidence folder: the decision in words, what it rests on by digest, and how to check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.ledger import Entry, Standing
from grader.model import Level
from grader.promotion import review
from grader.promotion.decision import Decision
from grader.promotion.fencing import code, fence, plain
from grader.promotion.rule import day

_CHECK = """\
import hashlib, json
for entry in json.load(open("entries.json")):
    said = entry.pop("digest")
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    print(entry["number"], entry["kind"], hashlib.sha256(text.encode()).hexdigest() == said)
"""


def readme(
    level: Level,
    decision: Decision,
    entries: Sequence[Entry],
    ledger: str,
    digests: Mapping[str, str],
    without: str,
) -> str:
    """Markdown; ``digests`` are sha256 by file, ``without`` why there are no excerpts (or empty)."""
    entry, standing = decision.entry, decision.standing
    card = standing.scorecard
    verdict = "Promoted" if decision.promoted else "Not promoted"
    parts = [
        f"# {plain(entry.learner)}, {level.id} {plain(level.title)}: {verdict.lower()}",
        f"{verdict} on {day(entry)} by {plain(entry.by)}: entry {entry.number} of the ledger “{plain(ledger)}”, "
        f"`{entry.digest}`. {card.points:g} of {card.max_points:g} points.",
        "## The promotion rule, line by line",
        "\n".join(
            f"- {'Met' if line.met else 'Not met'}: {plain(line.line)}. {plain(line.because)}"
            for line in decision.lines
        ),
        "## Skills",
        "\n".join(_skills(level, standing)),
    ]
    if told := _reviews(level, standing):
        parts += ["## Reviews that count", *told]
    parts += [
        "## What it rests on",
        "\n".join(
            [
                f"- submission {code(card.submission_digest)}",
                f"- checks {code(card.checks_digest)}",
                f"- data {code(card.data_digest)}, made from the seed {code(card.seed_id)}",
                f"- packages {code(card.environment.packages_digest)}, Python {plain(card.environment.python)}, "
                f"{plain(card.environment.platform)}",
                *(f"- ledger entry {each.number}, {each.kind}: `{each.digest}`" for each in entries),
            ]
        ),
        "## The files, by sha256",
        fence("\n".join(f"{digest}  {name}" for name, digest in sorted(digests.items()))).rstrip("\n"),
    ]
    if without:
        parts.append(f"There are no excerpts: {plain(without)}.")
    parts += [
        "## How to check it",
        "In this folder, `sha256sum --check README.md` (which warns about the lines that are no digests) says whether "
        "the files are those above. The digest of each ledger entry is that of its own fields:",
        fence(_CHECK, "python").rstrip("\n"),
        "`ladder ledger verify` says whether the entries are those of the ledger, in their order. `scorecard.json` is "
        "the scorecard of its entry; excerpts are read from the submission with the digest above, to be read and not "
        "to be run.",
    ]
    return "\n\n".join(parts) + "\n"


def _skills(level: Level, standing: Standing) -> list[str]:
    names = {skill.id: skill.name for skill in level.skills}
    return [
        f"- {plain(names.get(skill, skill))}: {of.points:g} of {of.max_points:g}"
        for skill, of in standing.scorecard.skills.items()
    ]


def _reviews(level: Level, standing: Standing) -> list[str]:
    told = []
    for rubric in level.reviews:
        for one in review.count(rubric, standing).counting:
            told.append(
                f"### {plain(rubric.title)}\n\n{plain(one.by)} on {day(one.entry)}: {one.points} of {one.max_points}, "
                f"at least {rubric.minimum} asked: {'passed' if one.passed else 'not passed'}."
            )
            told.append(
                "\n".join(
                    f"- {plain(criterion.title)}: {one.marks[criterion.id].points} of {criterion.points}, "
                    f"“{plain(criterion.marks[one.marks[criterion.id].points])}”. {plain(one.marks[criterion.id].why)}"
                    for criterion in rubric.criteria
                )
            )
    return told
