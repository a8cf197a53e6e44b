from pathlib import Path


def read(path):
    return [int(line) for line in Path(path).read_text().splitlines()[:10]]
