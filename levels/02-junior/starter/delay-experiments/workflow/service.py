"""Stands in for the training service while you build the workflow: ``python workflow/service.py better worse broken``.

Each word says what one run comes to, in this order, and again from the first when all have been used:
better, worse, equal, empty (auc is null), broken (500), silent (no answer). Without a word every run is better.
"""

import json
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8021
TO_BEAT = 0.7288
AUC = {"better": 0.7312, "worse": 0.7104, "equal": TO_BEAT, "empty": None}
KINDS = [*AUC, "broken", "silent"]


class Service(BaseHTTPRequestHandler):
    """The two requests of the README's contract; anything else is 404."""

    kinds = ["better"]
    started = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
        print(f"asked for   POST {self.path}  {body}", flush=True)
        if self.path == "/runs":
            kind = self.kinds[Service.started % len(self.kinds)]
            Service.started += 1
            print(f"this run    {kind}", flush=True)
            self.run(kind)
        elif self.path == "/outcomes":
            self.answer(201, {"recorded": True})
        else:
            self.answer(404, {"error": f"there is no {self.path} here"})

    def run(self, kind):
        if kind == "broken":
            self.answer(500, {"error": "out of memory in month 4"})
        elif kind == "silent":
            time.sleep(600)
        else:
            time.sleep(1)
            self.answer(200, {"run": random.randbytes(16).hex(), "auc": AUC[kind], "to_beat": TO_BEAT})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words):
        """What it is asked is printed already."""


def main(words):
    """Serve until it is interrupted; exit code 2 for a word that is not known."""
    unknown = [word for word in words if word not in KINDS]
    if unknown:
        print(f"no such kind of run: {unknown[0]}; there are {', '.join(KINDS)}", file=sys.stderr)
        return 2
    Service.kinds = words or ["better"]
    with ThreadingHTTPServer(("127.0.0.1", PORT), Service) as server:
        server.daemon_threads = True
        print(f"the training service stands at http://127.0.0.1:{PORT}; Ctrl-C ends it", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
