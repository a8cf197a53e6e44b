"""Who reviews and decides: a name as it stands in the ledger."""

from __future__ import annotations

import getpass
import unicodedata

from grader.errors import InputError

LIMIT = 80  # characters of a name


def person(name: str | None) -> str:
    """The name given, or else that of the account this runs under; InputError if it is none that can be written."""
    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError, ImportError):
            raise InputError("nobody knows who you are here; say it with --by NAME") from None
    plain = unicodedata.normalize("NFC", " ".join(name.split()))
    if not plain:
        raise InputError("--by needs a name")
    if len(plain) > LIMIT or not plain.isprintable():
        raise InputError(f"--by {plain[:LIMIT]!a}: a name is at most {LIMIT} printable characters")
    return plain


def same_person(one: str, other: str) -> bool:
    """Whether two names are one, however they are capitalised or their accents stored."""
    return _flat(one) == _flat(other)


def _flat(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()
