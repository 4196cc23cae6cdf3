"""The web server's address is taken when it starts, but nobody is let in before the application is loaded.

A socket that listens takes posts. While the application is still loading they would wait there, instead of going to
another web process that could answer them.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from gunicorn import sock as sockets
from gunicorn import systemd


def bind(server: Any) -> None:
    """gunicorn's hook `on_starting`. What systemd, or the gunicorn before this one, hands over listens already."""
    handed_over = any(isinstance(address, int) for address in server.cfg.address)
    if handed_over or "GUNICORN_FD" in os.environ or systemd.listen_fds(unset_environment=False):
        return
    try:
        server.LISTENERS = [_bound(address, server) for address in server.cfg.address]
    except OSError as error:
        server.log.error("The web server cannot have the address %s: %s", ", ".join(server.cfg.bind), error.strerror)
        sys.exit(1)


def _bound(address: Any, server: Any) -> Any:
    """One of gunicorn's sockets; the worker lets it listen."""
    kind = sockets._sock_type(address)
    return type(kind.__name__, (kind,), {"_is_listening": staticmethod(lambda sock: True)})(
        address, server.cfg, server.log
    )
