"""Random draws of checks: the same for the same key, learner and check; not to be foreseen without the key."""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def seeded(seed: str, check_id: str) -> Iterator[None]:
    """Within, ``random`` and NumPy's global generator start from ``seed`` and the check's id; then all is as before."""
    number = int.from_bytes(hashlib.sha256(f"{seed}\0{check_id}".encode()).digest()[:4], "big")
    before, before_numpy = random.getstate(), np.random.get_state()
    random.seed(number)
    np.random.seed(number)
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(before_numpy)
