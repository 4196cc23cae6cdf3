"""The address the web server binds, as people and `make run` reach it. Standard library only."""

from __future__ import annotations

import socket
from dataclasses import dataclass

_LAST_PORT = 65_535
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where such a server answers


@dataclass(frozen=True, slots=True)
class Bound:
    """A host and a port, or the path of a unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def url(self) -> str:
        """Where a person of this machine opens it; of a unix socket its path."""
        if self.path:
            return f"unix:{self.path}"
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def is_taken(self) -> bool:
        """Whether another process has it now."""
        if self.path:
            return False  # a socket that was left behind is taken over
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError:
                return True
        return False


def read(bind: str, port: int) -> Bound:
    """`HOST:PORT`, `[V6]:PORT`, `HOST` or `unix:PATH`, as gunicorn reads them; `port` where it names none.

    Of several with commas between it is the first. Raises ValueError where what follows the host is no port.
    """
    return _read(bind.partition(",")[0].strip(), port)


def _read(bind: str, port: int) -> Bound:
    if bind.startswith("unix:"):
        return Bound(path="/" + bind.removeprefix("unix:").lstrip("/"))
    host, colon, named = bind.rpartition(":")
    if not colon or named.endswith("]"):
        host, named = bind, ""
    host = host.strip("[]")
    if named and not (named.isascii() and named.isdecimal() and 0 < int(named[:6]) <= _LAST_PORT):
        raise ValueError("This is no port.")
    return Bound(_EVERYWHERE.get(host, host), int(named) if named else port)
