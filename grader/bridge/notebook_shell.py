"""Runs a notebook's cells in the worker through IPython: magics, `!cmd`, await and display work as in Jupyter."""

from __future__ import annotations

import base64
import builtins
import io
import sys
import types
from collections.abc import Mapping
from typing import Any

_MOST_SHOWN = 1_000_000  # characters of one cell's outputs that are kept for people to read

_shell: Any = None
_labels: dict[str, str] = {}  # file name IPython compiled a cell under -> the cell's label


class Swallow(io.TextIOBase):
    """A stdout that forgets: nothing printed is evidence, and a flood of it must cost nothing."""

    encoding = "utf-8"
    errors = "replace"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        return len(text)

    @property
    def buffer(self) -> io.BufferedWriter:
        return io.BufferedWriter(io.FileIO("/dev/null" if sys.platform != "win32" else "nul", "w"))

    def fileno(self) -> int:
        return 1


def prepare() -> None:
    """Make the one shell of this process; in the zygote, so that every worker inherits it ready."""
    global _shell
    if _shell is not None:
        return
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryAccessor.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.display_page = False
    _shell = InteractiveShell.instance(config=config)
    _shell.enable_gui = lambda gui=None: None  # %matplotlib asks for an event loop; there is no screen
    _shell.showtraceback = lambda *args, **kwargs: None  # the failure is reported, not printed
    _shell.showsyntaxerror = lambda *args, **kwargs: None
    _shell.run_cell("pass", store_history=False)  # the first cell pays for lazy set-up


class Shown:
    """What one cell displays, as nbformat outputs, for people to read: never evidence of anything."""

    def __init__(self) -> None:
        self._outputs: list[dict[str, Any]] = []
        self._size = 0

    def stream(self, name: str, text: str) -> None:
        text = text[: max(0, _MOST_SHOWN - self._size)]
        self._size += len(text)
        last = self._outputs[-1] if self._outputs else {}
        if not text:
            return
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self._outputs.append({"output_type": "stream", "name": name, "parts": [text]})

    def data(self, kind: str, data: Mapping[str, Any]) -> None:
        kept = {}
        for mime, value in data.items():
            text = base64.b64encode(value).decode() if isinstance(value, bytes) else value
            if isinstance(text, str) and self._size + len(text) <= _MOST_SHOWN:
                self._size += len(text)
                kept[str(mime)] = text
        if kept:
            self._outputs.append({"output_type": kind, "data": kept})

    def take(self) -> list[dict[str, Any]]:
        """All of it, and begin anew."""
        taken, self._outputs, self._size = self._outputs, [], 0
        return [
            {"output_type": "stream", "name": one["name"], "text": "".join(one["parts"])} if "parts" in one else one
            for one in taken
        ]


class _Echo(Swallow):
    """A stdout or stderr that is shown."""

    def __init__(self, shown: Shown, name: str) -> None:
        self._shown = shown
        self._name = name

    def write(self, text: str) -> int:
        length = super().write(text)
        self._shown.stream(self._name, text)
        return length


class Shell:
    """The notebook's namespace in this worker."""

    def __init__(self) -> None:
        prepare()
        sys.stdout = sys.stderr = Swallow()
        self._shell = _shell
        self._shell.displayhook.write_output_prompt = lambda: None
        self.shown: Shown | None = None
        main = types.ModuleType("__main__")
        main.__dict__.update(self._shell.user_ns)
        main.__dict__["__name__"] = "__main__"
        main.__dict__["__builtins__"] = builtins
        self._shell.user_module = main
        self._shell.user_ns = main.__dict__
        sys.modules["__main__"] = main

    def watch(self) -> None:
        """Keep what cells display from here on, figures included."""
        shown = self.shown = Shown()
        sys.stdout, sys.stderr = _Echo(shown, "stdout"), _Echo(shown, "stderr")
        hook, publisher = self._shell.displayhook, self._shell.display_pub
        hook.write_format_data = lambda data, *_, **__: shown.data("execute_result", data)
        hook.finish_displayhook = lambda: None
        publisher.publish = lambda data, *_, **__: shown.data("display_data", data)
        publisher.clear_output = lambda wait=False: None
        if "matplotlib.pyplot" in sys.modules:
            self._shell.run_line_magic("matplotlib", "inline")

    @property
    def namespace(self) -> dict[str, Any]:
        return self._shell.user_ns  # type: ignore[no-any-return]

    def run(self, code: str, label: str) -> BaseException | None:
        """Run one cell; the exception it ended in, or None."""
        self._shell.execution_count += 1
        name = f"<cell {self._shell.execution_count}>"
        _labels[name] = label
        self._shell.compile.get_code_name = lambda *_: name
        result = self._shell.run_cell(code, store_history=False, cell_id=None)
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error


def label_of(filename: str) -> str | None:
    """The label of the cell that was compiled under ``filename``; None if it is no cell."""
    return _labels.get(filename)
