"""`proof.json`: what the gate last proved of a level, by digest, so that a check runs in full only what has changed."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.errors import InputError


@dataclass(frozen=True)
class Proof:
    """Digests of what was proved: the level's checks and engine, the data, each variant; and how many seeds."""

    checks_digest: str
    data_digest: str
    variants: dict[str, str]
    seeds: int
    python: str = platform.python_version()

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
