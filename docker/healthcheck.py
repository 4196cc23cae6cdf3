"""Asks the web server of this container whether it lives. Needs neither database nor broker, nor any package."""

from __future__ import annotations

import http.client
import os
import sys

_TIMEOUT_SECONDS = 3


def main() -> int:
    port = int((os.environ.get("ALERTHUB_BIND") or os.environ.get("PORT") or "8093").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"The web server does not answer on port {port}: {type(error).__name__}\n")
        return 1
    if status != 200:
        sys.stderr.write(f"/livez answered {status}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
