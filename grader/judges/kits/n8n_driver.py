"""Has n8n execute a workflow against a stand-in of the service it talks to. Runs in a worker, behind the walls.

A file of its own on purpose: the judge sends its text into a worker, where nothing of the grader is to be seen. So it
imports nothing but the standard library. An order comes in on standard input and an account goes out on standard
output, both JSON; `n8n_workflow.execute` says what is in them.

The same workflow is executed several times, by one process of n8n, since n8n takes four seconds to start. Each
execution has the service at an address of its own (a token in the path that nobody can guess), so that what came from
which is never a question, and neither knows nor reaches what another one is answered.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MOST_REQUESTS = 40  # of one execution: whoever asks more goes in a circle
MOST_BODY = 16_384  # bytes of a request's body that are kept
MOST_SAID = 1_500  # characters of what n8n says, where it ends badly
AT_ONCE = 2  # executions side by side; each has an engine of its own for expressions, which reserves half a gigabyte
# The learner's repo may hold files that n8n or Node would obey (.env, .npmrc): it is started in another folder, and
# with these variables alone. Nodes that are not named do not exist for it.
ENVIRONMENT = {
    "N8N_RUNNERS_ENABLED": "false",
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_BLOCK_ENV_ACCESS_IN_NODE": "true",
    "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "false",
    "EXECUTIONS_DATA_SAVE_ON_SUCCESS": "none",
    "EXECUTIONS_DATA_SAVE_ON_ERROR": "none",
    "NO_COLOR": "1",
    "LANG": "C.UTF-8",
}


class Service:
    """The stand-in: answers each execution as ordered, and keeps what it was asked."""

    def __init__(self, executions: Mapping[str, Mapping[str, Any]], patience: float) -> None:
        self._answers = {one["token"]: one["answers"] for one in executions.values()}
        self._patience = patience
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.asked: dict[str, list[dict[str, Any]]] = {one["token"]: [] for one in executions.values()}
        self.flooded = threading.Event()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _take(self) -> None:
                service._take(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _take

            def log_message(self, *_: Any) -> None:
                """Standard error is not for this."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        _, token, *rest = handler.path.split("?")[0].split("/", 2)
        asked = self.asked.get(token)
        if asked is None:
            handler.send_error(404)
            return
        path = "/" + "".join(rest)
        length = handler.headers.get("Content-Length", "0")
        body = handler.rfile.read(min(int(length), MOST_BODY) if length.isdecimal() else 0)
        request: dict[str, Any] = {"method": handler.command, "path": path, "waited_out": None, **_body(body)}
        with self._lock:
            if len(asked) >= MOST_REQUESTS:
                self.flooded.set()
                handler.send_error(429)
                return
            before = sum((one["method"], one["path"]) == (handler.command, path) for one in asked)
            asked.append(request)
        answers = self._answers[token].get(f"{handler.command} {path}")
        if not answers:
            _answer(handler, 404, {"error": f"there is no {handler.command} {path} here"})
            return
        answer = answers[min(before, len(answers) - 1)]
        if answer["hangs"]:
            # the other side hanging up can be read; until then there is nothing to read
            until = time.monotonic() + self._patience
            hung_up = False
            while not (hung_up or self._over.is_set()) and time.monotonic() < until:
                hung_up = bool(select.select([handler.connection], [], [], 0.1)[0])
            request["waited_out"] = not hung_up
            handler.close_connection = True
            return
        _answer(handler, answer["status"], answer["body"])


def _body(data: bytes) -> dict[str, Any]:
    text = data.decode("utf-8", "replace")
    try:
        return {"text": text, "json": json.loads(text)}
    except (ValueError, RecursionError):
        return {"text": text, "json": None}


def _answer(handler: http.server.BaseHTTPRequestHandler, status: int, body: Any) -> None:
    data = json.dumps(body).encode()
    with contextlib.suppress(OSError):
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


def started(order: Mapping[str, Any], folder: Path, ids: Sequence[str], report: Path) -> subprocess.Popen[bytes]:
    """One n8n, in a session of its own, executing each of ``ids`` once; what it says is in the file ``said``."""
    home = str(folder / "home")
    environment = {**ENVIRONMENT, "PATH": f"{Path(order['node']).parent}:/usr/bin:/bin", "HOME": home,
                   "N8N_USER_FOLDER": home, "NODES_INCLUDE": json.dumps(order["nodes"])}  # fmt: skip
    arguments = [f"--ids={','.join(ids)}", f"--concurrency={AT_ONCE}", "--retries=0", f"--output={report}"]
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(
            [order["node"], order["script"], "execute-batch", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def ended(running: subprocess.Popen[bytes], seconds: float, stop: threading.Event) -> bool:
    """Whether it ended in time and before ``stop``; its exit code says nothing (n8n crashes when all is done)."""
    until = time.monotonic() + seconds
    try:
        while running.poll() is None:
            if time.monotonic() > until or stop.is_set():
                return False
            time.sleep(0.05)
        return True
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def copies(
    workflow: Any, executions: Mapping[str, Mapping[str, Any]], addresses: Sequence[str], port: int
) -> list[Any]:
    """The workflow once for each execution, with the service's address in it replaced."""
    text = json.dumps(workflow)
    made = []
    for number, one in enumerate(executions.values()):
        here = text
        for address in addresses:
            here = here.replace(address, f"http://127.0.0.1:{port}/{one['token']}")
        made.append({**json.loads(here), "id": _id(number)})
    return made


def _id(number: int) -> str:
    """A digit in it is what n8n asks for, and a letter keeps its command line from taking it for a number."""
    return f"night-{number + 1}"


def keep(workflows: Sequence[Mapping[str, Any]], database: Path) -> None:
    """Put workflows where `n8n import:workflow` would, which takes it as long as executing them.

    They belong to the one project that an empty database has: nobody's workflow is not executed.
    """
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        for one in workflows:
            parts = [json.dumps(one[part]) for part in ("nodes", "connections", "settings")]
            connection.execute(
                "INSERT INTO workflow_entity (id, name, active, nodes, connections, settings, versionId) "
                "VALUES (?, ?, 0, ?, ?, ?, ?)",
                (one["id"], one["name"], *parts, str(uuid.uuid4())),
            )
            connection.execute(
                "INSERT INTO shared_workflow (workflowId, projectId, role) SELECT ?, id, 'workflow:owner' FROM project",
                (one["id"],),
            )


def errors(report: Path, executions: Sequence[str]) -> dict[str, str]:
    """What n8n says stopped an execution, by its name; nothing for one that was not stopped."""
    try:
        told = json.loads(report.read_text(encoding="utf-8"))["executions"]
        found = {str(one["workflowId"]): str(one.get("error") or "") for one in told}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    named = {name: found.get(_id(number), "") for number, name in enumerate(executions)}
    return {name: error[:MOST_SAID] for name, error in named.items() if error}


def main() -> None:
    order = json.load(sys.stdin)
    executions = order["executions"]
    folder = Path(order["folder"])
    folder.mkdir()
    shutil.copytree(order["empty"], folder / "home")
    service = Service(executions, order["patience"])
    made = copies(order["workflow"], executions, order["addresses"], service.port)
    keep(made, folder / "home" / ".n8n" / "database.sqlite")
    report = folder / "report.json"
    running = started(order, folder, [one["id"] for one in made], report)
    in_time = ended(running, order["seconds"], service.flooded)
    service.close()
    account = {
        "ended": in_time,
        "flooded": service.flooded.is_set(),
        "reported": report.is_file(),
        "said": (folder / "said").read_bytes()[-MOST_SAID:].decode("utf-8", "replace"),
        "errors": errors(report, list(executions)),
        "asked": {name: service.asked[one["token"]] for name, one in executions.items()},
    }
    json.dump(account, sys.stdout)


if __name__ == "__main__":
    main()
