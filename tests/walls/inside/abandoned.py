"""A main that opens walls, starts a named process behind them, says so and waits to be killed."""

import sys
import time

from grader.model import Limits
from grader.walls import view
from grader.walls.opening import first_that_holds

HERE, NAME = sys.argv[1:]


def main():
    entry = {
        "preload": "wall_probe:preload",
        "serve": "wall_probe:serve",
        "mounts": [view.Mount(HERE, "/ladder/inside")],
        "path": ["/ladder/inside"],
    }
    walls = first_that_holds(view.worker_role(**entry), view.judge_role([], **entry))
    children = [walls.spawn_worker(Limits(), 300), walls.spawn_judge(Limits(), 300)]
    for child in children:
        code = f"import subprocess; subprocess.Popen([{NAME!r}, '300'], executable='/bin/sleep')".encode()
        child.sock.sendall(len(code).to_bytes(4, "little") + code)
        child.sock.recv(4)
    print("up", flush=True)
    time.sleep(300)


main()
