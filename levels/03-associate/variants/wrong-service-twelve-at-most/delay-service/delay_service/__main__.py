"""Start the service: ``python -m delay_service --uds delay.sock`` or ``--host 127.0.0.1 --port 8030``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

import uvicorn

from delay_service.app import create_app


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Serve the chance that a flight will leave late.")
    parser.add_argument("--model", type=Path, default=Path("model.json"), help="file of the model")
    parser.add_argument("--uds", help="listen at this Unix socket")
    parser.add_argument("--host", default="127.0.0.1", help="listen at this address, if at no socket")
    parser.add_argument("--port", type=int, default=8030)
    chosen = parser.parse_args(argv)
    # uvicorn ends well on SIGTERM, and then sends it again to whoever handled it before: by default that is the end of
    # the process, without a word to who called.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(create_app(chosen.model), uds=chosen.uds, host=chosen.host, port=chosen.port, access_log=False,
                limit_concurrency=12, timeout_graceful_shutdown=3)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
