"""Whether the service answers: exit code 0 or 1."""

import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", 8030, timeout=3)
try:
    connection.request("GET", "/health")
    sys.exit(connection.getresponse().status != 200)
except OSError:
    sys.exit(1)
