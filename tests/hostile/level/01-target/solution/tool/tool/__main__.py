"""The command: `python -m tool FILE` prints the sum, `python -m tool --best FILE OUT` writes the largest to OUT."""

import sys
from pathlib import Path


def main(argv):
    best = argv[0] == "--best"
    values = [int(line) for line in Path(argv[1] if best else argv[0]).read_text().splitlines()]
    if not best:
        print(sum(values))
        return 0
    target = Path(argv[2])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{max(values)}\n")
    return 0


sys.exit(main(sys.argv[1:]))
