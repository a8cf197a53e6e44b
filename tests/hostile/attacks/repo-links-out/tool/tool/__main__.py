import os
import sys
from pathlib import Path

Path("out").mkdir()
target = Path("out/best.txt")
for name in ("@@CANARY@@", "@@TRUTH@@", "/proc/1/environ", "/proc/@@PID@@/environ"):
    try:
        os.link(name, target)
        break
    except OSError:
        pass
else:
    target.symlink_to("@@CANARY@@")
print(target.read_text() if target.exists() else "")
