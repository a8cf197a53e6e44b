"""Whose fault it is that a check ended with an exception."""

from __future__ import annotations

from grader.bridge.codec import NotData
from grader.errors import GraderFault


def is_ours(error: BaseException) -> bool:
    """Whether an exception that a check let pass is our fault, whatever the learner answered.

    A KeyError or a MemoryError is not: columns that are missing and shapes that broadcast to millions of cells are
    answers that learners give. (The reference proves that the check itself finds its columns and its memory.) A
    NameError is: a name that the learner's code misses comes as a RemoteError, which is no business of this function.
    """
    if not isinstance(error, Exception):
        return True
    ours = isinstance(error, NotData | OSError | LookupError | ImportError | NameError | GraderFault)
    return ours and not isinstance(error, KeyError | IndexError)
