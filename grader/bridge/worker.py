"""Inside the walls: runs the learner's code and answers the judge's requests.

Whatever this process says is the learner's word, because their code can rewrite every object here. So nothing in it
decides anything: the judge treats each answer as data or as a claim. It imports nothing of the rest of the grader.

A request is ``(number, operation, arguments)``, the answer ``(number, "ok", value)`` or ``(number, "raised", claim)``.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.bridge import files, notebook_shell, process, warm
from grader.bridge.channel import Channel, Closed
from grader.bridge.codec import NotData, decode, encode

# Types whose value the judge sent and learner code may have changed in place.
_MUTABLE = (
    "list",
    "dict",
    "set",
    "bytearray",
    "ndarray",
    "DataFrame",
    "Series",
    "deque",
    "OrderedDict",
    "defaultdict",
)


# What a level may ask for beside the usual (`model.PRELOADS`), and how it is warmed.
_MORE = {
    # Saving a model goes through skops, which imports every module of scikit-learn, and asks which package each
    # module belongs to: together half of a run's seconds if every run pays for it.
    "mlflow": ("mlflow.sklearn", "mlflow.store.tracking.sqlalchemy_store", "skops.io", "alembic.command"),
}


def preload(*more: str) -> None:
    """Import what submissions will want, before any of them has been seen; of ``more`` if named, else the usual."""
    for wanted in more:
        for name in _MORE[wanted]:
            importlib.import_module(name)
        if wanted == "mlflow":
            importlib.import_module("mlflow.utils.requirements_utils")._init_modules_to_packages_map()
    if not more:
        _preload_usual()


def _preload_usual() -> None:
    for name in (
        "numpy",
        "pandas",
        "pyarrow",
        "scipy.stats",
        "scipy.optimize",
        "scipy.special",
        "json",
        "csv",
        "sqlite3",
    ):
        importlib.import_module(name)
    for name in (
        "linear_model",
        "preprocessing",
        "pipeline",
        "compose",
        "impute",
        "metrics",
        "model_selection",
        "ensemble",
        "dummy",
    ):
        importlib.import_module(f"sklearn.{name}")
    for name in ("matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.config"):
        importlib.import_module(name)
    for name in ("magics.execution", "magics.pylab", "pylabtools"):  # what `%matplotlib inline` looks up
        importlib.import_module(f"IPython.core.{name}")
    warm.pandas_types()
    warm.scikit_learn()
    warm.matplotlib()
    notebook_shell.prepare()


def serve(fd: int) -> None:
    """Answer requests on the socket ``fd`` until the judge closes it."""
    channel = Channel(socket.socket(fileno=fd))
    # SIGTERM and SIGPIPE as in a fresh interpreter; nothing of the zygote's handlers may linger.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Worker(channel).loop()


class Worker:
    """One learner's process: a table of the objects the judge holds handles to, and a namespace for cells."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._objects: dict[int, Any] = {}
        self._ids: dict[int, int] = {}
        self._root = Path.cwd()
        self._shell: notebook_shell.Shell | None = None
        self._operations: dict[str, Callable[..., Any]] = {
            "put": self._put,
            "enter": self._enter,
            "cell": self._cell,
            "fetch": self._fetch,
            "bind": self._bind,
            "unbind": self._unbind,
            "watch": self._watch,
            "shown": self._shown,
            "module": importlib.import_module,
            "call": self._call,
            "attribute": lambda target, name: getattr(target, name),
            "item": lambda target, key: target[key],
            "length": len,
            "members": list,
            "run": self._run,
            "read": lambda path: files.read(self._root, path),
            "exists": lambda path: files.exists(self._root, path),
            "list": lambda pattern: files.listing(self._root, pattern),
            "write": lambda path, data: files.write(self._root, path, data),
            "remove": lambda path: files.remove(self._root, path),
        }

    def loop(self) -> None:
        while True:
            try:
                number, operation, arguments = decode(self._channel.receive(), handle=self._object, concrete_paths=True)
            except Closed:
                os._exit(0)
            try:
                answer = encode((number, "ok", self._operations[operation](*arguments)), handle=self._claim)
            except BaseException as error:  # noqa: BLE001 - whatever the learner raises is an answer
                answer = encode((number, "raised", failure(error)))
            try:
                self._channel.send(answer)
            except Closed:
                os._exit(0)

    # -- objects that stay here, known to the judge by number

    def _claim(self, value: object) -> tuple[int, dict[str, Any]]:
        number = self._ids.get(id(value))
        if number is None:
            number = len(self._objects) + 1
            self._objects[number] = value  # held for good, so that id() stays unique
            self._ids[id(value)] = number
        return number, {"type": type(value).__name__, "callable": callable(value)}

    def _object(self, number: int, _claim: object) -> Any:
        return self._objects[number]

    # -- operations

    def _put(self, contents: Mapping[str, bytes], executable: Sequence[str]) -> None:
        files.put(self._root, contents, executable)

    def _enter(self, folder: str, notebook: bool) -> None:
        """Make ``folder`` the current one, as Jupyter (or a shell in the repo) would."""
        target = self._root / folder
        target.mkdir(parents=True, exist_ok=True)
        os.chdir(target)
        self._root = target
        sys.path.insert(0, str(target))
        if notebook:
            self._shell = notebook_shell.Shell()

    def _cell(self, code: str, label: str) -> dict[str, Any] | None:
        assert self._shell is not None
        error = self._shell.run(code, label)
        return None if error is None else failure(error)

    def _fetch(self, name: str) -> Any:
        assert self._shell is not None
        try:
            return self._shell.namespace[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined", name=name) from None

    def _bind(self, name: str, value: Any) -> None:
        assert self._shell is not None
        self._shell.namespace[name] = value

    def _unbind(self, name: str) -> None:
        self._fetch(name)
        assert self._shell is not None
        del self._shell.namespace[name]

    def _watch(self) -> None:
        assert self._shell is not None
        self._shell.watch()

    def _shown(self) -> list[dict[str, Any]]:
        assert self._shell is not None and self._shell.shown is not None
        return self._shell.shown.take()

    def _call(self, target: Any, positional: Sequence[bytes], keyword: Mapping[str, bytes]) -> dict[str, Any]:
        args = [decode(data, handle=self._object, concrete_paths=True) for data in positional]
        kwargs = {name: decode(data, handle=self._object, concrete_paths=True) for name, data in keyword.items()}
        with _without_tracebacks_of_ours():
            result = target(*args, **kwargs)
        changed = {
            i: arg for i, (arg, sent) in enumerate(zip(args, positional, strict=True)) if self._differs(arg, sent)
        }
        changed_keywords = {name: arg for name, arg in kwargs.items() if self._differs(arg, keyword[name])}
        same = next((i for i, arg in enumerate(args) if arg is result and _mutable(arg)), None)
        return {
            "result": None if same is not None else result,
            "same": same,
            "changed": changed,
            "changed_keywords": changed_keywords,
        }

    def _differs(self, value: object, sent: bytes) -> bool:
        if not _mutable(value):
            return False
        try:
            return encode(value, handle=self._claim) != sent
        except NotData:
            return True

    def _run(
        self, argv: Sequence[str], stdin: bytes, env: Mapping[str, str], seconds: float, keep: int
    ) -> dict[str, Any]:
        return process.run(argv, stdin=stdin, env=env, seconds=seconds, keep=keep, folder=self._root)


def failure(error: BaseException) -> dict[str, Any]:
    """What the judge may know of an exception: built-in lineage, text, and the innermost line of learner code."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    with contextlib.suppress(Exception):
        text = str(error)[:2000]
        return {"kinds": kinds, "text": text, **_place(error)}
    return {"kinds": kinds, "text": "", **_place(None)}


def _place(error: BaseException | None) -> dict[str, Any]:
    label, line, source = "", 0, ""
    if isinstance(error, SyntaxError) and error.lineno:
        return {"label": "", "line": error.lineno, "source": (error.text or "").strip()[:200]}
    root = str(Path.cwd())
    for frame in traceback.extract_tb(error.__traceback__) if error is not None else ():
        shown = notebook_shell.label_of(frame.filename)
        if shown is None and frame.filename.startswith(root):
            shown = os.path.relpath(frame.filename, root)
        if shown is not None:
            label, line, source = shown, frame.lineno or 0, (frame.line or "").strip()[:200]
    return {"label": label, "line": line, "source": source}


def _mutable(value: object) -> bool:
    return type(value).__name__ in _MUTABLE


@contextlib.contextmanager
def _without_tracebacks_of_ours() -> Any:
    """Learner code that calls sys.exit() ends its call, not the worker."""
    try:
        yield
    except SystemExit as leaving:
        raise RuntimeError(f"called sys.exit({leaving.code!r})") from leaving


def main() -> None:
    """A worker without walls, for `ladder check`: connects to the port and token given on the command line."""
    port, token = int(sys.argv[1]), sys.argv[2]
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.settimeout(None)
    sock.sendall(token.encode())
    preload()
    serve(sock.detach())


if __name__ == "__main__":
    main()
