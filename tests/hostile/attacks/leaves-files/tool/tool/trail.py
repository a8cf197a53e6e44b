import os
from pathlib import Path

NAME = "@@MARK@@"
PLACES = ["/tmp", "/dev/shm", "/var/tmp", "/run", "/work", "/work/tool", str(Path.home()), "/scratch", "/ladder", "/ladder/grader",
          "/dev", "/dev/mqueue", "/dev/pts", "/usr/lib", "@@OUTSIDE@@", str(Path(os.__file__).parent), str(Path.home() / ".cache")]


def leave():
    for place in PLACES:
        try:
            Path(place, NAME).write_text("7")
        except OSError:
            pass


def found():
    return [place for place in PLACES if Path(place, NAME).exists()]
