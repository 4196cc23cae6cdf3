"""The container's own question: does the web server answer? Standard library only, for it is asked every ten seconds."""

from __future__ import annotations

import http.client
import os
import socket
import sys

from alerthub import bound
from alerthub.bound import Bound

_TIMEOUT_SECONDS = 3


def main() -> int:
    try:
        address = bound.read(os.environ.get("ALERTHUB_BIND") or "", int(os.environ.get("PORT") or 8093))
    except ValueError:
        sys.stderr.write("ALERTHUB_BIND or PORT is no address.\n")
        return 1
    try:
        asked = connection(address, _TIMEOUT_SECONDS)
        asked.request("GET", "/livez", headers={"Host": "localhost"})
        status = asked.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"The web server does not answer at {address.url}: {type(error).__name__}\n")
        return 1
    if status != 200:
        sys.stderr.write(f"/livez answered {status}\n")
        return 1
    return 0


def connection(address: Bound, timeout: float) -> http.client.HTTPConnection:
    """To the web server; connected at its first request, or at once where it listens at a socket. `timeout` in seconds."""
    if not address.path:
        return http.client.HTTPConnection(address.host, address.port, timeout=timeout)
    made = http.client.HTTPConnection("localhost", timeout=timeout)
    made.sock = socket.socket(socket.AF_UNIX)
    made.sock.settimeout(timeout)
    made.sock.connect(address.path)
    return made


if __name__ == "__main__":
    sys.exit(main())
