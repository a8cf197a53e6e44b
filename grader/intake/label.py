"""``.ladder.toml``: what a workspace says about itself. A claim once it comes back, never an identity."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import Any

from grader.intake.names import Refusal, shown

FILE = ".ladder.toml"
FORMAT = 1
_MAX_BYTES = 64 * 1024
_MAX_TEXT = 200
_MAX_FORMAT = 9999  # TOML's numbers may be longer than Python prints


@dataclass(frozen=True)
class Label:
    """Which level a workspace is for, whose it says it is, and by which key and seed its data was made."""

    level: str
    learner: str
    key: str
    seed_id: str

    def text(self) -> str:
        """The file's text."""
        lines = ["# Written by `ladder start`; `ladder check` and `ladder pack` read it.", f"format = {FORMAT}"]
        for name in ("level", "learner", "key", "seed_id"):
            # A JSON string is a TOML string, as long as nothing has to be escaped that TOML forbids: DEL.
            quoted = json.dumps(getattr(self, name), ensure_ascii=False).replace("\x7f", "\\u007f")
            lines.append(f"{name} = {quoted}")
        return "\n".join([*lines, ""])

    @classmethod
    def parse(cls, data: bytes) -> Label:
        """Read the file's bytes; Refusal names what is wrong, a format older or newer than ours apart."""
        try:
            fields = tomllib.loads(data.decode()) if len(data) <= _MAX_BYTES else {}
        except (ValueError, RecursionError):
            raise Refusal(f"has a {FILE} that is not TOML; copy the one that `ladder start` wrote") from None
        version = fields.get("format")
        if type(version) is not int or abs(version) > _MAX_FORMAT:
            raise Refusal(f"has a {FILE} without a format number; copy the one that `ladder start` wrote")
        if version > FORMAT:
            raise Refusal(f"is a workspace of format {version}; this ladder reads {FORMAT}, so update ladder")
        if version < FORMAT:
            raise Refusal(f"is a workspace of format {version}, which is too old; this ladder reads {FORMAT}")
        return cls(*(_text(fields, name) for name in ("level", "learner", "key", "seed_id")))


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):  # and not shown: a long number or a deep table cannot be made into text
        raise Refusal(f"has a {FILE} whose {name} is not a line of text")
    if len(value) > _MAX_TEXT or not value.isprintable():
        raise Refusal(f"has a {FILE} whose {name} is not a line of text: {shown(value)}")
    return value
