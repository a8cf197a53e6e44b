#!/bin/sh
# exec: the service itself gets the signals
exec python -m delay_service --host 0.0.0.0 --port "${PORT:-8030}" --model "${MODEL:-/model/model.json}"
