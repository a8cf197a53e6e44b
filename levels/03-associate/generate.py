"""Make one learner's data of one exercise: ``python generate.py EXERCISE SEED OUT DATASETS``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

GENERATORS = {
    "01-trees-and-margins": "generate_trees",
    "02-small-networks": "generate_networks",
    "03-leak-hunt": "generate_leaks",
    "delay-service": "generate_service",
}


def main(argv: list[str]) -> int:
    """Write ``OUT/data`` and ``OUT/truth``; the same seed gives the same bytes."""
    if len(argv) != 4 or argv[0] not in GENERATORS:
        known = ", ".join(GENERATORS)
        print(f"usage: generate.py EXERCISE SEED OUT DATASETS (exercises: {known})", file=sys.stderr)
        return 2
    exercise, seed, out, datasets = argv
    sys.dont_write_bytecode = True  # a level's folder is covered by a digest
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    module = importlib.import_module(GENERATORS[exercise])
    module.generate(seed, Path(out), Path(datasets))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
