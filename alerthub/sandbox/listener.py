"""The sockets: a thread per connection that reads requests, asks for the plan and carries it out, faults and all."""

from __future__ import annotations

import socket
import socketserver
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import http1
from .faults import Plan
from .http1 import Request, text_answer

# A peer that stays silent between two requests is let go after this many seconds.
IDLE = 120.0


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Plan]) -> None:
        super().__init__(address, _Connection)
        self.answer = answer
        self.open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        # No orderly shutdown first: it would send a FIN where a reset was asked for.
        self.open.discard(request)
        self.close_request(request)

    def drop_connections(self) -> None:
        for each in list(self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A peer that goes away is everyday life here; anything else is a defect of the sandbox and should be seen.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(socketserver.StreamRequestHandler):
    server: Listener
    disable_nagle_algorithm = True
    timeout = IDLE

    def handle(self) -> None:
        while self._one():
            pass

    def _one(self) -> bool:
        """Answer one request; whether another may follow on this connection."""
        try:
            request = http1.read(self.rfile, self.client_address[0], self._go_on)  # type: ignore[arg-type]
        except http1.Unreadable as unreadable:
            refusal = text_answer(unreadable.status, f"<h1>{unreadable.status}</h1>", "text/html")
            self.connection.sendall(http1.encode(refusal, keep_alive=False))
            return False
        if request is None:
            return False
        return self._perform(self.server.answer(request), request)

    def _go_on(self) -> None:
        self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _perform(self, plan: Plan, request: Request) -> bool:
        whole = http1.encode(plan.answer, keep_alive=request.keep_alive, bodiless=request.method == "HEAD")
        match plan.manner:
            case "send":
                self.connection.sendall(whole)
                return request.keep_alive
            case "truncate":
                self.connection.sendall(whole[: len(whole) - (len(plan.answer.body) + 1) // 2])
            case "drip":
                return self._drip(whole, plan.rate) and request.keep_alive
            case "reset":
                # With linger 0 the kernel sends RST instead of an orderly FIN.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _drip(self, whole: bytes, rate: float) -> bool:
        for place in range(len(whole)):
            self.connection.sendall(whole[place : place + 1])
            time.sleep(1 / rate)
        return True
