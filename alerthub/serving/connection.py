"""One client: what came of its next request, and what it has not taken yet of the last answer."""

from __future__ import annotations

import socket
from enum import Enum
from typing import Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

from alerthub.serving import framing
from alerthub.serving.answer import Answer
from alerthub.serving.buffer import Buffer


class Phase(Enum):
    IDLE = "between two requests"
    READING = "of its request something is missing"
    BUSY = "a thread has it"
    SENDING = "of its answer something is not taken"
    CLOSING = "told that there is no more"


class Ahead(RequestParser):
    """gunicorn's parser; what it read before the thread asks is given to the thread."""

    ready: Request | None = None

    def __next__(self) -> Request:
        ready, self.ready = self.ready, None
        return ready or super().__next__()


class Connection:
    # For gunicorn's own worker: there is nothing left to prepare or to wait for.
    initialized = data_ready = True
    is_http2 = False

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        self.socket, self.client, self.server = sock, client, server
        self.sock = Answer(sock)
        self.came = Buffer()
        self.parser = Ahead(cfg, self.came, client)
        self.phase = Phase.READING
        self.until = 0.0
        self.keep = False
        self.held = 0
        self._head = bytearray()
        self._body: framing.Body | None = None

    @property
    def request(self) -> Request | None:
        """The next one, once its head is here."""
        return self.parser.ready

    @property
    def head(self) -> bytes:
        """What came of it up to its empty line, and perhaps more."""
        return bytes(self._head)

    @property
    def began(self) -> bool:
        """Whether anything of the next request came."""
        return bool(self._head)

    def feed(self, data: bytes, most: int) -> bool:
        """Take what came. Whether the request is whole, or is not waited for, as its body is longer than `most` bytes.

        Raises what gunicorn's parser raises, and OSError if the disk is full.
        """
        if self._body is not None:
            self.came.write(data)
            self._body.feed(data)
            return self._is_enough(self._body, most)
        searched = len(self._head)
        self._head += data
        if framing.head_is_whole(self._head, searched):
            return self._is_enough(self._read_head(), most)
        if len(self._head) > framing.MOST_HEAD:
            raise LimitRequestHeaders(f"more than {framing.MOST_HEAD} bytes")
        return False

    def _read_head(self) -> framing.Body:
        self.came.write(self._head)
        request = self.parser.ready = next(self.parser)
        reader = request.body.reader
        self._body = framing.Chunked() if isinstance(reader, ChunkedReader) else framing.Length(reader.length)
        # What came behind the head: some of it the parser holds, the rest it has not read.
        self._body.feed(self.parser.unreader.buf.getvalue())
        self._body.feed(self.came.peek(len(self.came)))
        return self._body

    def _is_enough(self, body: framing.Body, most: int) -> bool:
        request: Any = self.parser.ready
        too_long = body.size > most
        if too_long:
            # What is missing would be taken for the next request.
            request.force_close()
        elif request._expected_100_continue and not body.whole:
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.sock.push()
        request._expected_100_continue = False
        return too_long or body.whole

    def next(self) -> bytes:
        """Make ready for the next request. What came of it already."""
        rest = bytes(self.parser.unreader.take_buffered()) + self.came.recv(len(self.came))
        self._head.clear()
        self._body = None
        return rest

    def init(self) -> None: ...

    def close(self) -> None:
        self.came.clear()
        self.sock.waiting.clear()
        self.socket.close()
