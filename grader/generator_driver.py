"""Runs one level's generator for several data sets in one process: importing NumPy and pandas costs a second.

Started as ``python -I -B generator_driver.py GENERATE_PY``, with a JSON list of argument lists on stdin; each
is run as ``python GENERATE_PY EXERCISE SEED OUT DATASETS`` would be. Nothing of the grader is imported here,
and the grader imports nothing of this.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path


def run(generator: Path, arguments: list[str]) -> None:
    """Run the generator once, as a script; SystemExit with a line to say if it does not end well."""
    folder = generator.parent
    path, modules = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(folder))
    sys.argv = [str(generator), *arguments]
    try:
        runpy.run_path(str(generator), run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            raise SystemExit(f"{arguments[0]}: {end.code}" if isinstance(end.code, str) else end.code) from None
    finally:
        sys.path[:] = path
        # The level's own modules start afresh each time, so that no data set depends on the one before it.
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(folder):
                del sys.modules[name]


if __name__ == "__main__":
    script = Path(sys.argv[1])  # before the first run, which puts the generator's own arguments there
    for order in json.load(sys.stdin):
        run(script, order)
