"""`proof.json`: what the gate last proved of a level, by digest, so that a check runs in full only what has changed."""

from __future__ import annotations

import json
import platform
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from grader.errors import InputError


@dataclass(frozen=True)
class Proof:
    """Digests of what was proved: each exercise, the data, each variant; and over how many seeds."""

    exercises: dict[str, str]
    data_digest: str
    variants: dict[str, str]
    seeds: int
    python: str = platform.python_version()

    def unproved(self, now: Proof) -> frozenset[str]:
        """The exercises of ``now`` that this does not prove, whatever their variants."""
        if (self.data_digest, self.python) != (now.data_digest, now.python):
            return frozenset(now.exercises)
        return frozenset(name for name, digest in now.exercises.items() if self.exercises.get(name) != digest)

    def changed(self, now: Proof) -> frozenset[str]:
        """The variants of ``now`` that are not those this proves."""
        return frozenset(name for name, digest in now.variants.items() if self.variants.get(name) != digest)

    def without(self, variants: Collection[str]) -> Proof:
        """This, and nothing about ``variants``."""
        return replace(self, variants={name: one for name, one in self.variants.items() if name not in variants})

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), indent=2, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Proof | None:
        """The proof in ``file``; None if there is none yet."""
        if not file.is_file():
            return None
        try:
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise InputError(f"{file}: {error}") from None
