"""Resource limits of one process behind walls, from the numbers of ``grader.model.Limits``."""

from __future__ import annotations

import math
import os
import resource
from collections.abc import Mapping
from pathlib import Path

MIB = 1 << 20
FILES = 512  # open descriptors: kernel buffers behind them are memory nobody counts


def status_mb(field: str, pid: int | str = "self") -> float:
    """A size from ``/proc/PID/status`` in MiB (``VmData``, ``RssAnon`` …); 0 if it is not there."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def as_rlimits(limits: Mapping[str, float], seconds: float, inherited_mb: float) -> dict[int, int]:
    """Values for setrlimit. ``inherited_mb`` is what the zygote had already mapped for data.

    The kernel counts inherited data against the limit; a learner's budget must not depend on what was preloaded.
    """
    return {
        resource.RLIMIT_DATA: int((limits["memory_mb"] + inherited_mb) * MIB),
        resource.RLIMIT_NPROC: int(limits["processes"]),
        resource.RLIMIT_FSIZE: int(limits["disk_mb"] * MIB),
        # CPU time adds up over threads; the keeper's wall clock is the real deadline
        resource.RLIMIT_CPU: math.ceil(seconds) * (os.cpu_count() or 1) + 1,
        resource.RLIMIT_NOFILE: FILES,
        # No dump is so short. With 0, a kernel that hands dumps to a program starts it all the same.
        resource.RLIMIT_CORE: 1,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 8 * MIB,
    }


def apply(limits: Mapping[str, float], seconds: float, inherited_mb: float) -> None:
    """Set them, soft and hard, never above what this process already has."""
    for which, value in as_rlimits(limits, seconds, inherited_mb).items():
        hard = resource.getrlimit(which)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (allowed, allowed))
