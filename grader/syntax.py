"""Python source to its syntax tree, in one thread at a time.

CPython 3.11 counts how deep a tree is per interpreter, not per thread: a parse that is interrupted in the middle (by a
collection of garbage, which may run code) and another thread's parse upset each other's count, and one of them ends in
a SystemError. Found with submissions graded side by side; the bug is CPython's, the lock is ours.
"""

from __future__ import annotations

import ast
import threading

_ONE_AT_A_TIME = threading.Lock()


def parse(code: str | bytes) -> ast.Module:
    """As ``ast.parse``, with its errors: SyntaxError, ValueError, RecursionError, MemoryError."""
    with _ONE_AT_A_TIME:
        return ast.parse(code)
