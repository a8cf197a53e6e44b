"""The command; see README.md."""

import sys

from tool.add import read


def main(argv):
    try:
        values = read(argv[-1])
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    print(max(values) if argv[0] == "--largest" else sum(values))
    return 0


sys.exit(main(sys.argv[1:]))
