"""How long it takes to open walls and to have a worker behind them: `python benchmarks/spawn.py [SPAWNS]`."""

from __future__ import annotations

import statistics
import sys
import time

from grader.model import Limits
from grader.walls import view
from grader.walls.limits import status_mb
from grader.walls.outer import Zygote


def main(spawns: int) -> None:
    """Print the zygote's start and the spread of spawn-to-ready, lean and with the worker's imports."""
    for name, preload in (("nothing preloaded", ""), ("the worker's imports", "grader.bridge.worker:preload")):
        started = time.perf_counter()
        zygote = Zygote(view.worker_role(preload=preload))
        try:
            zygote.await_ready()
            start = time.perf_counter() - started
            spent = sorted(_spawn(zygote) for _ in range(spawns))
        finally:
            zygote.close()
        print(
            f"{name}: zygote ready in {start:.2f} s; spawn to ready, {spawns} times:"
            f" least {spent[0]:.0f}, median {statistics.median(spent):.0f}, most {spent[-1]:.0f} ms"
        )
    print(f"main holds {status_mb('VmRSS'):.0f} MB")


def _spawn(zygote: Zygote) -> float:
    """Milliseconds until one worker stands behind its walls; it is ended before the next."""
    started = time.perf_counter()
    child = zygote.spawn(Limits(), 60.0)
    spent = (time.perf_counter() - started) * 1000
    child.kill()
    child.wait(10)
    child.sock.close()
    time.sleep(0.05)  # the kernel takes namespaces down after the fact
    return spent


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
