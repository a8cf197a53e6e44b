import sys

arguments = sys.argv[1:]
with open(arguments[-1]) as file:
    lines = file.read().split("\n")
try:
    found = [int(line) for line in lines if line]
except ValueError as wrong:
    sys.exit(print(wrong, file=sys.stderr) or 2)
print(max(found) if "--largest" in arguments else sum(found))
