"""What a thread answers, taken at once: a client that does not read holds no thread."""

from __future__ import annotations

import errno
import select
import socket
import time
from typing import BinaryIO

from alerthub.serving.buffer import Buffer

# More than this waits for its client, in a thread that serves no posts: an export is larger, nothing else is.
MOST_WAITING = 4 * 1024 * 1024
_HALF_TAKEN_WITHIN_SECONDS = 60.0
_PART = 64 * 1024


class Answer:
    """Stands where gunicorn expects the client's socket while it answers."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.waiting = Buffer()

    def sendall(self, data: bytes) -> None:
        """Small parts wait for each other, until somebody pushes."""
        self.waiting.write(data)
        if len(self.waiting) >= _PART:
            self.push()
        if len(self.waiting) > MOST_WAITING:
            self._wait()

    def sendfile(self, file: BinaryIO, offset: int, count: int) -> None:
        file.seek(offset)
        while count > 0 and (part := file.read(min(_PART, count))):
            self.sendall(part)
            count -= len(part)

    def push(self) -> bool:
        """Send what the client takes now. Whether nothing waits any more."""
        while part := self.waiting.peek(_PART):
            sent = self._send(part)
            self.waiting.skip(sent)
            if sent < len(part):
                return False
        return True

    def _send(self, data: bytes) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0

    def _wait(self) -> None:
        until = time.monotonic() + _HALF_TAKEN_WITHIN_SECONDS
        ready = select.poll()
        ready.register(self._sock, select.POLLOUT)
        while len(self.waiting) > MOST_WAITING // 2:
            rest = until - time.monotonic()
            if rest <= 0 or not ready.poll(rest * 1000):
                raise BrokenPipeError(errno.EPIPE, "The client takes the answer too slowly.")
            self.push()

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    # The rest is what gunicorn does to a socket that would block; closing is left to the loop, which watches it.
    def setblocking(self, flag: bool) -> None: ...

    def settimeout(self, seconds: float | None) -> None: ...

    def gettimeout(self) -> float:
        return 0.0

    def recv(self, size: int) -> bytes:
        return b""

    def close(self) -> None: ...
