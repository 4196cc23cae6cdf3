"""gunicorn's threaded worker, in which a request takes a thread when it is here whole and never before.

One loop reads from everybody and sends what clients do not take at once. A request has one deadline from its first byte
to its last: nobody holds a thread by being slow, nor the process by being many.
"""

from __future__ import annotations

import errno
import socket
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from django.conf import settings
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import ThreadWorker

from alerthub.serving import warming
from alerthub.serving.connection import Connection, Phase
from alerthub.serving.crowd import Crowd
from alerthub.web import machines, mount

# Bodies that are not whole and answers that are not taken, of all clients of this process together (bytes).
MOST_HELD = 128 * 1024 * 1024
_ACCEPTED_AT_ONCE = 16
# Of a flood at the door not all can be taken when it is shut, and nobody inside is sent away for it.
_ACCEPTED_LAST = 256
_READ_AT_ONCE = 64 * 1024
_TAKEN_WITHIN_SECONDS = 60.0
# When the process stops, what came in part is waited for so long.
_FINISHED_WITHIN_SECONDS = 5.0
# So long a client may take to see that a connection ends, before it is reset.
_CLOSED_WITHIN_SECONDS = 2.0
_LOOK_EVERY_SECONDS = 0.5
_WARN_EVERY_SECONDS = 60.0
_NO_MORE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
_SAID = b"The request came too slowly. Send it again.\n"
_TOO_SLOW = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_SAID), _SAID)
)


class Worker(ThreadWorker):
    sockets: list[Any]
    # gunicorn counts by itself; here it is what there is.
    nr_conns = property(lambda self: len(self._crowd), lambda self, number: None)

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl or cfg.proxy_protocol != "off":
            log.error(
                "AlertHub's web server speaks plain HTTP: leave TLS and the PROXY protocol to the proxy in front."
            )
            sys.exit(Arbiter.APP_LOAD_ERROR)

    def init_process(self) -> None:
        self._looked_at = self._warned_at = 0.0
        self._slow = 0
        self._telling: Future[None] | None = None
        super().init_process()

    def load_wsgi(self) -> None:
        """From now on connections are taken, and not before: while it loads, whoever comes is refused and can go elsewhere."""
        super().load_wsgi()
        begin = getattr(self.wsgi, "begin", None)
        if begin is not None:
            begin()
        self._pages = ThreadPoolExecutor(settings.PAGE_THREADS, "page")
        warming.warm(self.wsgi)
        try:
            for listener in self.sockets:
                listener.listen(self.cfg.backlog)
        except OSError as error:
            self.log.error("The web server cannot listen at %s: %s", ", ".join(self.cfg.bind), error.strerror)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def run(self) -> None:
        self._crowd = Crowd(self.poller)
        super().run()
        self._pages.shutdown(wait=False)

    # --- who comes

    def set_accept_enabled(self, enabled: bool) -> None:
        """A worker that stops takes who waits at the door, then shuts it, and only then finishes its work."""
        if self.alive or enabled:
            super().set_accept_enabled(enabled)
            return
        for listener in self.sockets:
            self.accept(listener, min(_ACCEPTED_LAST, self.worker_connections - 1 - len(self._crowd)))
        super().set_accept_enabled(enabled)
        for listener in self.sockets:
            listener.close()
        self.sockets = []

    def accept(self, listener: Any, most: int = _ACCEPTED_AT_ONCE) -> None:
        for _ in range(most):
            if len(self._crowd) >= self.worker_connections - 1:
                self._crowd.make_room()
            try:
                client, address = listener.accept()
            except OSError as error:
                if error.errno in _NO_MORE and not self._crowd.make_room():
                    time.sleep(0.05)  # for threads that will give something back
                return
            client.setblocking(False)
            connection = Connection(self.cfg, client, address, listener.getsockname())
            self._wait_for(connection, Phase.READING, settings.REQUEST_SECONDS)

    def _wait_for(self, connection: Connection, phase: Phase, seconds: float) -> None:
        happened = partial(self._send if phase is Phase.SENDING else self._read, connection)
        self._crowd.wait(connection, phase, seconds, happened)

    # --- what they send

    def _read(self, connection: Connection, _socket: Any) -> None:
        try:
            data = connection.socket.recv(_READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._crowd.close(connection)
        elif connection.phase is not Phase.CLOSING:
            self._feed(connection, data)

    def _feed(self, connection: Connection, data: bytes) -> None:
        if connection.phase is Phase.IDLE:
            self._wait_for(connection, Phase.READING, settings.REQUEST_SECONDS)
        try:
            whole = connection.feed(data, settings.INGEST_MAX_BYTES)
        except (NoMoreData, StopIteration):
            self._crowd.close(connection)
        except OSError as error:
            self.log.error("A request cannot be kept until it is whole: %s", error.strerror)
            self._give_up(connection)
        except Exception as error:
            self.handle_error(None, connection.sock, connection.client, error)
            self._tell(connection, error)
            self._send(connection)
        else:
            self._crowd.hold(connection, len(connection.came))
            if whole:
                self._crowd.leave_alone(connection)
                self.enqueue_req(connection)
            elif self._crowd.held > MOST_HELD:
                self._give_up(self._crowd.first_that_holds_much() or connection)

    def _tell(self, connection: Connection, error: Exception) -> None:
        """The application may want to know what gunicorn refused; one at a time, whoever sends how many."""
        tell = getattr(self.wsgi, "unreadable", None)
        if tell is not None and (self._telling is None or self._telling.done()):
            status = int(connection.sock.waiting.peek(12)[-3:] or 0)
            peer = connection.client[0] if isinstance(connection.client, tuple) else ""
            self._telling = self._pages.submit(tell, connection.head, status, str(error), peer)

    # --- what they get

    def enqueue_req(self, conn: Connection) -> None:
        path = mount.below(conn.request.path, settings.PATH_PREFIX) if conn.request else ""
        pool = self.tpool if machines.address(path) in machines.QUICK else self._pages
        future = pool.submit(self.handle, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def handle(self, conn: Connection) -> bool:
        """In a thread of the pool."""
        keep = bool(super().handle(conn))
        try:
            conn.sock.push()
        except OSError:
            return False
        return keep

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        conn.keep = not fs.cancelled() and not fs.exception() and fs.result()
        self._send(conn)

    def _send(self, connection: Connection, _socket: Any = None) -> None:
        try:
            all_sent = connection.sock.push()
        except OSError:
            self._crowd.close(connection)
            return
        self._crowd.hold(connection, len(connection.sock.waiting))
        if not all_sent:
            if connection.phase is not Phase.SENDING:
                self._wait_for(connection, Phase.SENDING, _TAKEN_WITHIN_SECONDS)
        elif connection.keep:
            self._wait_for(connection, Phase.IDLE, self.cfg.keepalive if self.alive else _CLOSED_WITHIN_SECONDS)
            if rest := connection.next():
                self._feed(connection, rest)
        else:
            self._end(connection)

    # --- how they go

    def _end(self, connection: Connection) -> None:
        """Say that no more comes, and wait a little for the client to see it: what it still sends would reset all."""
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._crowd.close(connection)
        else:
            self._wait_for(connection, Phase.CLOSING, _CLOSED_WITHIN_SECONDS)

    def _give_up(self, connection: Connection) -> None:
        """The client may send it again: Alertmanager does so after a 503, and after no answer."""
        if connection.phase is Phase.READING and connection.began:
            self._slow += 1
            connection.came.clear()
            connection.sock.sendall(_TOO_SLOW)
            self._send(connection)
        else:
            self._crowd.close(connection)

    def murder_keepalived(self, force: bool = False) -> None:
        """gunicorn asks for this after each turn of its loop, and with `force` at its end."""
        now = time.monotonic()
        if force:
            self._crowd.close_all()
        elif now - self._looked_at >= _LOOK_EVERY_SECONDS:
            self._looked_at = now
            for connection in self._crowd.overdue(now):
                self._give_up(connection)
            if self._slow and now - self._warned_at >= _WARN_EVERY_SECONDS:
                self.log.warning("%d requests did not arrive whole in time.", self._slow)
                self._slow, self._warned_at = 0, now

    def murder_pending(self) -> None:
        """gunicorn's own way to leave slow clients."""

    def _cap_keepalive(self, deadline: float) -> None:
        """Asked for by gunicorn when it stops."""
        self._crowd.hurry(time.monotonic() + _FINISHED_WITHIN_SECONDS, deadline)
