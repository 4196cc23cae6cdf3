"""urllib3's connections and pools, made over dial's sockets: reused only while that is safe."""

from __future__ import annotations

import logging
import socket
import time
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.wait import wait_for_read

from deliveries.wire import dial
from deliveries.wire.dial import Stage

# urllib3 writes the path of the URL into these logs, and the path of a webhook is its password.
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry", "urllib3.response"):
    logging.getLogger(_name).addFilter(lambda record: False)

IDLE_LIMIT = 20.0
"""Seconds: a connection idle for longer is not used again; the peer may be about to close it."""


class _DialledConnection(HTTPConnection):
    """urllib3's connection, dialled here."""

    used_at = 0.0

    def _new_conn(self) -> socket.socket:
        return dial.connect(self._dns_host, self.port, dial.current())

    @property
    def is_connected(self) -> bool:
        """False makes urllib3 dial anew: the peer has closed it, sent what nobody asked for, or may soon close it."""
        return (
            self.sock is not None
            and time.monotonic() - self.used_at < IDLE_LIMIT
            and not wait_for_read(self.sock, timeout=0.0)
        )

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        call = dial.current()
        call.stage = Stage.SENDING
        super().endheaders(*args, **kwargs)
        call.is_body = True  # what is sent from here on is the message

    def getresponse(self) -> Any:
        call = dial.current()
        call.stage = Stage.WAITING
        answer = super().getresponse()
        call.stage = Stage.READING
        self.used_at = time.monotonic()
        return answer


class _DialledTLSConnection(_DialledConnection, HTTPSConnection):
    pass


class Pool(HTTPConnectionPool):
    """Keep-alive connections to one host over plain HTTP."""

    ConnectionCls = _DialledConnection


class TLSPool(HTTPSConnectionPool):
    """Keep-alive connections to one host over TLS."""

    ConnectionCls = _DialledTLSConnection

    def _validate_conn(self, conn: Any) -> None:
        # As in urllib3, without its warning at each call of a target whose admin switched verification off.
        if conn.is_closed:
            conn.connect()
