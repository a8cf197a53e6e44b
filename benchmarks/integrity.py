"""The attacks of tests/hostile against nbgrader, Otter-Grader and Ladder: who is fooled, who is harmed, who holds.

    python benchmarks/integrity.py [ATTACK…] [--graders nbgrader otter-grader ladder] [--jobs N] [--missing]
        [--out FOLDER]

FOLDER gets integrity.md and integrity.json; what an earlier run has put there and this one does not do again stays.

An attack applies where it is a notebook that somebody hands in, so by its exercise and family alone: attacks on our
archives, on git histories and repositories and on our bridge have nothing to meet in the other graders. For each
attack there is a fresh machine (see ``sandbox.py``) on which the attacker's notebook is graded and then an honest
neighbour's. *Fooled*: more points than the attack's honest part is worth, which for an untouched starter is none.
*Harmed*: the run stopped or hung, the neighbour lost points, a canary or a course file changed, a port or socket
outside was reached, or a process or a file stayed behind. *Held*: neither. An attack may do both.

A run that stopped or hung or cost the neighbour points is done once more, and the second counts if two honest notebooks
are then graded well within the bound: a busy machine is no harm. nbgrader runs as `nbgrader autograde` with the timeout
it comes with, 30 seconds a cell; the attacker's name is first. Otter-Grader runs as `otter run`, which its manual
gives for grading without a container: there is no Docker here. What a container would change stands in the README.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import rivals
from ranges import HOSTILE, NAME, OurRange, Range, Row, load

from grader import catalog, generated
from grader.walls import open_walls

NOT_APPLYING = {
    "archive": "is an archive: other graders take notebooks",
    "bridge": "speaks to Ladder's bridge: other graders have none",
}


def why_not(attack: Any) -> str:
    """Why an attack does not apply to graders of notebooks, or nothing."""
    if attack.exercise != NAME:
        return "is a repository: other graders take notebooks"
    return NOT_APPLYING.get(attack.family, "")


def table(rows: Iterable[Row], attacks: Sequence[Any], graders: Sequence[str]) -> str:
    """Families by graders, as Markdown: fooled / harmed / held."""
    found: dict[tuple[str, str], list[Row]] = collections.defaultdict(list)
    for row in rows:
        found[row.family, row.grader].append(row)
        found["all", row.grader].append(row)
    lines = ["| family | attacks | " + " | ".join(f"{name}: fooled / harmed / held" for name in graders) + " |",
             "|---|---|" + "---|" * len(graders)]  # fmt: skip
    for family in [*sorted({family for family, _ in found} - {"all"}), "all"]:
        cells = []
        for name in graders:
            some = found[family, name]
            counts = (sum(row.fooled for row in some), sum(bool(row.harm) for row in some),
                      sum(not row.fooled and not row.harm for row in some))  # fmt: skip
            cells.append(" / ".join(map(str, counts)))
        number = max(len(found[family, name]) for name in graders)
        lines.append(f"| {family} | {number} | " + " | ".join(cells) + " |")
    reasons = collections.Counter(why for attack in attacks if (why := why_not(attack)))
    listed = "; ".join(f"{number} because the attack {why}" for why, number in reasons.most_common())
    lines += ["", f"Of {len(attacks)} attacks {sum(reasons.values())} do not apply: {listed}."]
    return "\n".join(lines) + "\n"


def details(rows: Sequence[Row]) -> str:
    lines = ["| attack | grader | points, honestly worth | harm |", "|---|---|---|---|"]
    for row in rows:
        if row.fooled or row.harm:
            harm = "; ".join(dict.fromkeys(row.harm)).replace("|", "/")
            points = "–" if row.points is None else f"{row.points:g}"
            lines.append(f"| {row.attack} | {row.grader} | {points}, {row.earns:g} | {harm[:160]} |")
    return "\n".join(lines) + "\n"


def _each(
    name: str, attack: Callable[[Any], Row | None], wanted: Sequence[Any], jobs: int, out: Path | None
) -> list[Row]:
    rows: list[Row] = []
    with ThreadPoolExecutor(jobs) as pool:
        for one, row in zip(wanted, pool.map(attack, wanted), strict=True):
            if row is None:
                print(f"{name}: {one.name}: not measured, the machine is too busy", file=sys.stderr, flush=True)
                continue
            rows.append(row)
            if out is not None:
                _write([row], out)
            verdict = ("fooled " if row.fooled else "") + ("harmed" if row.harm else "" if row.fooled else "held")
            what = f"{row.points} {row.harm[:3]} {row.seconds} s"
            print(f"{name}: {row.attack}: {verdict} {what}", file=sys.stderr, flush=True)
    return rows


def _write(rows: Sequence[Row], out: Path) -> list[Row]:
    """Put rows beside what an earlier run has written, in place of the same attack on the same grader; all of them."""
    out.mkdir(parents=True, exist_ok=True)
    file = out / "integrity.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    done = {(row.grader, row.attack): row for row in (Row(**one | {"harm": tuple(one["harm"])}) for one in known)}
    done |= {(row.grader, row.attack): row for row in rows}
    every = [done[place] for place in sorted(done)]
    file.write_text(json.dumps([dataclasses.asdict(row) for row in every], indent=1) + "\n", encoding="utf-8")
    return every


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attacks", nargs="*")
    graders = ["nbgrader", "otter-grader", "ladder"]
    parser.add_argument("--graders", nargs="+", choices=graders, default=graders)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--missing", action="store_true", help="only what FOLDER has no result of")
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ladder-integrity-"))
    folder.chmod(0o755)
    shutil.copytree(HOSTILE / "level", folder / "ours" / "levels")
    os.environ[catalog.LEVELS_VARIABLE] = str(folder / "ours" / "levels")
    for exact in (rivals.NBGRADER, rivals.OTTER):  # now: their cache is not that of the attacked level
        if exact.split("==")[0] in wanted.graders:
            rivals.python(exact)
    os.environ[generated.CACHE_VARIABLE] = str(folder / "ours" / "cache")
    corpus = load("corpus")
    attacks = corpus.read_attacks()
    applying = [one for one in attacks if not why_not(one) and (not wanted.attacks or one.name in wanted.attacks)]
    there = {(row.grader, row.attack) for row in _write([], wanted.out)} if wanted.missing and wanted.out else set()

    def left(grader: str) -> list[Any]:
        return [one for one in applying if (grader, one.name) not in there]

    rows = []
    try:
        for exact in (rivals.NBGRADER, rivals.OTTER):
            if exact.split("==")[0] in wanted.graders:
                field = Range(exact, folder / exact.split("==")[0], corpus)
                field.control()
                rows += _each(field.name, field.attack, left(field.name), wanted.jobs, wanted.out)
        if "ladder" in wanted.graders:
            with open_walls() as walls:
                ours = OurRange(walls, folder / "ours")
                try:
                    ours.control()
                    rows += _each(ours.name, ours.attack, left(ours.name), 1, wanted.out)
                finally:
                    ours.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if wanted.out is not None:
        rows = _write(rows, wanted.out)
    report = table(rows, attacks, [name for name in graders if any(row.grader == name for row in rows)])
    print(report)
    if wanted.out is not None:
        (wanted.out / "integrity.md").write_text(report + "\n" + details(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
