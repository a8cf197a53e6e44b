"""Runs a notebook's cells in the worker through IPython: magics, `!cmd`, await and display work as in Jupyter."""

from __future__ import annotations

import builtins
import io
import sys
import types
from typing import Any

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


class Shell:
    """The notebook's namespace in this worker."""

    def __init__(self) -> None:
        prepare()
        sys.stdout = sys.stderr = Swallow()
        self._shell = _shell
        self._shell.displayhook.write_output_prompt = lambda: None
        main = types.ModuleType("__main__")
        main.__dict__.update(self._shell.user_ns)
        main.__dict__["__name__"] = "__main__"
        main.__dict__["__builtins__"] = builtins
        self._shell.user_module = main
        self._shell.user_ns = main.__dict__
        sys.modules["__main__"] = main

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
