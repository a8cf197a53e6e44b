"""Fingerprints of a text by winnowing: runs of tokens, hashed, of which copydetect's `winnow` keeps a few.

Whatever two texts share over ``RUN + WINDOW - 1`` tokens or more, they share at least one fingerprint of (Schleimer,
Wilkerson, Aiken: "Winnowing", SIGMOD 2003). Of copydetect 0.5 only the selection is used: its hashes are Python's and
differ from process to process, and its removal of boilerplate drops repeated runs that are no boilerplate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from grader.analysis.tokens import Tokens

RUN = 12  # tokens hashed together: about one line of code
WINDOW = 6  # of so many runs in a row one is kept
_BASE = 0x9E3779B97F4A7C15  # odd, so that powers of it never vanish modulo 2**64
_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Prints:
    """``hashes`` (uint64, ascending, each once), and the first and last line of one place where each was found."""

    hashes: NDArray[np.uint64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hashes)


def prints_of(tokens: Tokens) -> Prints:
    """The fingerprints of a text; none if it is shorter than one run."""
    hashes = run_hashes(tokens)
    if not len(hashes):
        nothing = np.array([], np.int64)
        return Prints(hashes, nothing, nothing)
    # copydetect compares in floating point; 52 bits are all that it can tell apart
    _, chosen = _winnow()(hashes >> np.uint64(12), WINDOW, remove_duplicates=False)
    kept, where = np.unique(hashes[chosen], return_index=True)
    places = chosen[where]
    return Prints(kept, tokens.lines[places], tokens.lines[places + RUN - 1])


def run_hashes(tokens: Tokens) -> NDArray[np.uint64]:
    """One uint64 for each run of tokens. A name counts by how far back in the run it was used last, not by itself."""
    if len(tokens) < RUN:
        return np.array([], np.uint64)
    symbols = sliding_window_view(tokens.symbols, RUN)
    back = sliding_window_view(tokens.back, RUN)
    inside = np.where(back <= np.arange(RUN), back, 0).astype(np.uint64)
    powers = np.array([pow(_BASE, place, 1 << 64) for place in range(RUN)], np.uint64)
    with np.errstate(over="ignore"):  # modulo 2**64 is meant
        return _mixed(((symbols + inside * np.uint64(0xD1B54A32D192ED03)) * powers).sum(axis=1, dtype=np.uint64))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all (the finaliser of SplitMix64): winnowing compares the high ones."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@cache
def _winnow() -> Callable[..., Any]:
    # copydetect has no types, and imports matplotlib, a second that only who compares pays
    from copydetect.utils import winnow  # type: ignore[import-untyped]

    found: Callable[..., Any] = winnow
    return found
