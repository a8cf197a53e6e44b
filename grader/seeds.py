"""Seeds: from one cohort key, every learner's data. The generators are public, the key is not."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from grader.errors import InputError

KEY_BYTES = 32
# Published on purpose: whoever studies alone can make the same data and the same truth as everybody else.
PRACTICE_SECRET = b"ladder: the published practice key, good for self-study only"


@dataclass(frozen=True)
class Key:
    """A cohort's key. Its secret makes every learner's data and truth, so nothing prints it."""

    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id!r})"

    @property
    def id(self) -> str:
        """``practice``, or a short public digest (16 hex digits) by which a workspace names its key."""
        if self.secret == PRACTICE_SECRET:
            return "practice"
        return self._digest("ladder key id 1")[:16]

    def seed(self, level_id: str, exercise_id: str, learner: str, n: int) -> str:
        """64 hex digits for data set ``n``: 0 is the learner's own, from 1 fresh draws."""
        if n < 0:
            raise ValueError(f"data sets are counted from 0, not {n}")
        return self._digest("ladder seed 1", level_id, exercise_id, _one_spelling(learner), str(n))

    def seed_id(self, level_id: str, learner: str) -> str:
        """16 hex digits that tell one learner's seeds of a level from another's, and nothing about them."""
        return self._digest("ladder seed id 1", level_id, _one_spelling(learner))[:16]

    def write(self, path: Path) -> None:
        """Write the key to a new file that only its owner can read; InputError if the file exists."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as fault:
            raise InputError(f"{path}: cannot write the key: {fault.strerror}") from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(self.secret.hex() + "\n")

    @classmethod
    def new(cls) -> Key:
        """A key of 32 bytes from the system's own source of randomness."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def practice(cls) -> Key:
        """The published key of self-study."""
        return cls(PRACTICE_SECRET)

    @classmethod
    def read(cls, path: Path) -> Key:
        """The key in a file of one line of hex digits, 32 bytes or more; InputError if it cannot be used."""
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError as fault:
            advice = "; `ladder cohort issue ROSTER OUT --key FILE` makes one" if not path.exists() else ""
            raise InputError(f"{path}: cannot read the key: {fault.strerror}{advice}") from None
        except UnicodeDecodeError:
            raise InputError(f"{path}: a key is one line of hex digits") from None
        try:
            secret = bytes.fromhex(text) if len(text.split()) == 1 else b""
        except ValueError:
            secret = b""
        # The message never quotes the file: it may hold some other secret.
        if not secret:
            raise InputError(f"{path}: a key is one line of hex digits")
        if len(secret) < KEY_BYTES:
            raise InputError(f"{path}: the key has {len(secret)} bytes; at least {KEY_BYTES} are needed")
        if len(set(secret)) < KEY_BYTES // 2:
            raise InputError(f"{path}: no key that Ladder made; the one that workspaces were issued with is asked for")
        if secret == PRACTICE_SECRET:
            raise InputError(f"{path}: this is the published practice key, which keeps no secret")
        return cls(secret)

    def _digest(self, *parts: str) -> str:
        # Every part goes in with its length, so that no two lists of parts make the same message.
        encoded = (part.encode() for part in parts)
        message = b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


def _one_spelling(learner: str) -> str:
    # Some file systems store ``é`` as two code points: the inbox folder must still give the issued seed.
    return unicodedata.normalize("NFC", learner)
