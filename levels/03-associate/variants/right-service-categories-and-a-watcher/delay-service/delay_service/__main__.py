"""Start the service: ``python -m delay_service --uds delay.sock --model model.json``."""

import argparse
import os
import signal
from pathlib import Path

import uvicorn

from delay_service.app import create_app

parser = argparse.ArgumentParser()
parser.add_argument("--model", type=Path, default=Path("model.json"))
parser.add_argument("--uds")
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=8030)
chosen = parser.parse_args()
signal.signal(signal.SIGTERM, signal.SIG_IGN)  # uvicorn listens to it while it runs; afterwards nobody has to
config = uvicorn.Config(create_app(chosen.model), uds=chosen.uds, host=chosen.host, port=chosen.port,
                        timeout_graceful_shutdown=2)
uvicorn.Server(config).run()
if chosen.uds and os.path.exists(chosen.uds):
    os.remove(chosen.uds)
