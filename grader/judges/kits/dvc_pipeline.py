"""A learner's DVC pipeline, run in a submission's worker: what ran again after a change, what came out, what DVC says.

    pipeline = Pipeline(submission)
    made, nothing = pipeline.do(dvc("repro"), dvc("repro"))
    made.ran, made.loaded["train"], read_lock(submission.files.read("dvc.lock"))

`dvc_driver` does the steps beside learner code, without network, with caches and settings of its own. So what it says
is the learner's word, and must not pay to forge: a check compares it with what it knows from a change that it drew in
this grading, and reads the files that came out itself. What remains of the driver's word is which stages ran.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SECONDS = 90.0  # for one command of DVC, with all the stages it runs
# For a program of the learner's that the judge starts without `Pipeline`, and that may call DVC from Python.
SETTINGS: Mapping[str, str] = {
    "DVC_NO_ANALYTICS": "1", "DVC_STUDIO_OFFLINE": "1", "CI": "1", "DVC_SITE_CACHE_DIR": "/tmp/dvc-site",  # noqa: S108
    "DVC_GLOBAL_CONFIG_DIR": "/tmp/dvc-global", "DVC_SYSTEM_CONFIG_DIR": "/tmp/dvc-system",  # noqa: S108
    "SSL_CERT_DIR": "/tmp",  # noqa: S108 - the git that DVC reads with wants a folder
}  # fmt: skip
_MOST_BYTES = 1 << 20  # of a lock or a file of parameters
Step = Sequence[Any]


class BadPipeline(Exception):
    """The pipeline cannot be run or read; the text says what is the matter, to follow "Came: "."""


@dataclass(frozen=True)
class Did:
    """What one step came to.

    ``ran`` names the stages whose commands were run, in that order; ``loaded`` which of the repo's own Python files the
    programs of each had imported when they ended. ``unseen`` names the stages of which one program left no word of that
    (`python -E`, or it was killed), so that more may have been loaded. A stage may be in neither.
    """

    code: int = 0
    ran: tuple[str, ...] = ()
    out: str = ""
    err: str = ""
    loaded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()

    @property
    def json(self) -> Any:
        """What was said on standard output, read as JSON; None if it is none."""
        try:
            return json.loads(self.out)
        except (ValueError, RecursionError):
            return None

    @property
    def said(self) -> str:
        """DVC's own last error, and what was said before it."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        errors = [place for place, line in enumerate(lines) if line.startswith("ERROR:")]
        if not errors:
            return " ".join(lines[:2])[:200]
        before = lines[errors[-1] - 1][:160] if errors[-1] else ""
        return lines[errors[-1]].removeprefix("ERROR:").strip()[:200] + (f"; before that: {before}" if before else "")


def dvc(*argv: str, seconds: float = SECONDS) -> Step:
    """Call DVC's command line with these words."""
    return ["dvc", list(argv), seconds]


def env(**variables: str) -> Step:
    """Set variables for what follows. Of those that begin with PYTHON most make the stages' programs start cold."""
    return ["env", variables]


def put(path: str, data: bytes) -> Step:
    """Write a file; ``path`` is relative to the pipeline's folder."""
    return ["put", path, base64.b64encode(data).decode()]


def add(path: str, text: str) -> Step:
    """Write at the end of a file."""
    return ["add", path, text]


def drop(*patterns: str) -> Step:
    """Remove what matches, folders with all they hold."""
    return ["drop", *patterns]


@dataclass(frozen=True)
class Stage:
    """A stage as `dvc.lock` has it: what it was made from, and what came out. Paths with MD5, 32 hex digits."""

    deps: Mapping[str, str]
    outs: Mapping[str, str]
    params: Mapping[str, Any]  # of params.yaml, as names with dots
    cmd: str = ""  # a line for each command, templates filled in


class Pipeline:
    """The pipeline in one folder of a submission's worker."""

    def __init__(self, submission: Any, root: str = ".") -> None:
        self._submission = submission
        self._root = root

    def do(self, *steps: Step, state: bytes | None = None) -> list[Did]:
        """Do the steps, after ``state`` was laid out if given; BadPipeline if one took too long or none was told."""
        return self._do(list(steps), state)

    def keep(self, *steps: Step) -> tuple[list[Did], bytes]:
        """Do the steps; what they came to, and the state they left: outputs, lock and cache, for another worker."""
        target = f"/tmp/state-{secrets.token_hex(6)}"  # noqa: S108 - the worker's own
        done = self._do([*steps, ["pack", target]], None)
        try:
            return done[:-1], self._submission.files.read(target)
        except OSError as error:
            raise BadPipeline(f"outputs that are too large to keep ({type(error).__name__})") from None

    def _do(self, steps: list[Step], state: bytes | None) -> list[Did]:
        name = secrets.token_hex(6)
        program, place, result, packed = (f"/tmp/{what}-{name}" for what in ("drive.py", "dvc", "came", "packed"))  # noqa: S108
        files = self._submission.files
        files.write(program, (Path(__file__).parent / "dvc_driver.py").read_bytes())
        if state is not None:
            files.write(packed, state)
            steps = [["unpack", packed], *steps]
        asked = {"root": self._root, "place": place, "result": result, "steps": steps}
        allowed = 30.0 + sum(step[2] for step in steps if step[0] == "dvc")
        ended = self._submission.run(["python", program], stdin=json.dumps(asked).encode(), seconds=allowed)
        try:
            came = json.loads(files.read(result))
            done = [_did(one) for one in came]
        except (OSError, ValueError, RecursionError):
            last = "".join(ended.stderr.decode("utf-8", "replace").strip().splitlines()[-1:])
            raise BadPipeline(f"the program that runs DVC was ended ({last[:200] or 'nothing said'})") from None
        if len(done) != len(steps):
            raise BadPipeline("what runs DVC in the worker was changed, and does not answer")
        return done[0 if state is None else 1 :]


def _did(came: Any) -> Did:
    if type(came) is dict and came.get("slow") is True:
        stages = [name for name in came.get("ran", ()) if type(name) is str]
        raise BadPipeline(f"it did not end in time; the stage {stages[-1][:60]!r} was running" if stages
                          else "it did not end in time")  # fmt: skip
    try:
        return Did(
            int(came.get("code", 0)),
            tuple(str(name) for name in came.get("ran", ())),
            str(came.get("out", "")),
            str(came.get("err", "")),
            {str(stage): frozenset(map(str, files)) for stage, files in came.get("loaded", {}).items()},
            frozenset(map(str, came.get("unseen", ()))),
        )
    except (AttributeError, TypeError):
        raise ValueError("no step's result") from None


def read_lock(data: bytes) -> dict[str, Stage]:
    """The stages of a `dvc.lock`; BadPipeline."""
    content = read_yaml(data, "dvc.lock")
    try:
        return {
            str(name): Stage(
                {str(one["path"]): str(one.get("md5")) for one in stage.get("deps", ())},
                {str(one["path"]): str(one.get("md5")) for one in stage.get("outs", ())},
                flat(stage.get("params", {}).get("params.yaml", {})),
                _lines(stage.get("cmd", "")),
            )
            for name, stage in content["stages"].items()
        }
    except (LookupError, TypeError, AttributeError, RecursionError):
        raise BadPipeline("a dvc.lock that is not as DVC writes it") from None


def _lines(cmd: Any) -> str:
    return "\n".join(map(str, cmd)) if type(cmd) is list else str(cmd)


def flat(nested: Any, before: str = "") -> dict[str, Any]:
    """``{"train": {"depth": 3}}`` as ``{"train.depth": 3}``."""
    if type(nested) is not dict:
        return {before: nested}
    parts = (flat(value, f"{before}.{name}" if before else str(name)) for name, value in nested.items())
    return {name: value for part in parts for name, value in part.items()}


def read_yaml(data: bytes, name: str) -> dict[str, Any]:
    """A YAML file that holds a mapping; BadPipeline."""
    if len(data) > _MOST_BYTES:
        raise BadPipeline(f"a {name} of {len(data) >> 20} MB")
    try:
        content = yaml.load(data, _PlainLoader)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, ValueError, RecursionError):
        raise BadPipeline(f"a {name} that is no plain YAML") from None
    if type(content) is not dict:
        raise BadPipeline(f"a {name} that holds no names")
    return content


class _PlainLoader(yaml.SafeLoader):  # type: ignore[misc]  # yaml ships no types
    """Without aliases, of which a few lines can become gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)
