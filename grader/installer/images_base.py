"""Makes the storage with the base image. Runs in a builder, so it imports nothing but the standard library.

``argv``: the tar of its files, the storage's folder, the image's tags, the descriptor that is told "done" or what
failed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence

_FOLDERS = ("home", "tmp", "run", "cache")
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


def main() -> None:
    base, store, names, descriptor = sys.argv[1:]
    sock = socket.socket(fileno=int(descriptor))
    sock.sendall(b"+")
    for folder in _FOLDERS:
        os.mkdir(f"/scratch/{folder}")  # noqa: PTH102
    try:
        _make(base, store, names.split(","))
        sock.sendall(b"done")
    except subprocess.CalledProcessError as error:
        sock.sendall(f"{error.cmd[0]}: {error.stderr.decode('utf-8', 'replace')[-300:]}".encode() or b"failed")


def _make(base: str, store: str, names: Sequence[str]) -> None:
    engine = ["buildah", "--root", store, "--runroot", "/scratch/run", "--storage-driver", "overlay"]

    def run(*words: str) -> str:
        return subprocess.run([*engine, *words], check=True, capture_output=True).stdout.decode().strip()

    container = run("from", "--pull=never", "scratch")
    run("add", "--quiet", container, base, "/")
    run("config", "--env", f"PATH={_PATH}", "--env", "LANG=C.UTF-8", "--cmd", '["python3"]', container)
    image = run("commit", "--quiet", container)
    for name in names:
        run("tag", image, f"localhost/python:{name}")
    run("rm", container)


if __name__ == "__main__":
    main()
