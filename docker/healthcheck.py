"""Asks the web server of this container whether it lives. Needs neither database nor broker, nor any package."""

from __future__ import annotations

import http.client
import os
import socket
import sys

_TIMEOUT_SECONDS = 3


class _UnixConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_TIMEOUT_SECONDS)
        self.sock.connect(self.host)


def connection(bind: str) -> http.client.HTTPConnection:
    """To the address gunicorn binds: `HOST:PORT`, `[V6]:PORT` or `unix:PATH`."""
    if bind.startswith("unix:"):
        return _UnixConnection("/" + bind.removeprefix("unix:").lstrip("/"), timeout=_TIMEOUT_SECONDS)
    host, _, port = bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host.strip("[]"), host.strip("[]"))  # noqa: S104
    return http.client.HTTPConnection(host, int(port), timeout=_TIMEOUT_SECONDS)


def main() -> int:
    bind = os.environ.get("ALERTHUB_BIND") or f"127.0.0.1:{os.environ.get('PORT') or '8093'}"
    asked = connection(bind)
    try:
        asked.request("GET", "/livez", headers={"Host": "localhost"})
        status = asked.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"The web server does not answer at {bind}: {type(error).__name__}\n")
        return 1
    if status != 200:
        sys.stderr.write(f"/livez answered {status}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
