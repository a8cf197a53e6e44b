"""In which order checks are judged: their own, but what a check requires comes before it."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model import Check


def in_order(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The same checks, each after those it requires."""
    by_id = {check.id: check for check in checks}
    done: dict[str, Check] = {}

    def add(check: Check, waiting: frozenset[str]) -> None:
        for required in check.requires:
            if required in by_id and required not in done and required not in waiting:
                add(by_id[required], waiting | {required})
        done.setdefault(check.id, check)

    for check in checks:
        add(check, frozenset({check.id}))
    return tuple(done.values())
