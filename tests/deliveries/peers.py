"""Scripted TCP peers on loopback: each connection is played by the next script, the last one repeats."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"success":true}'


def http(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """An answer; its length is that of the body unless another one is said."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Talk:
    """One connection, seen from the peer."""

    def __init__(self, sock: socket.socket, peer: Peer) -> None:
        self.sock = sock
        self.peer = peer

    def hear(self) -> bytes:
        """One whole request, head and body; b"" if the caller hung up."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            if not (more := self.sock.recv(65536)):
                return b""
            heard += more
        head, _, body = heard.partition(b"\r\n\r\n")
        _, _, given = head.lower().partition(b"content-length:")
        length = int(given.split(b"\r\n")[0] or 0)
        while len(body) < length:
            body += self.sock.recv(65536)
        self.peer.requests.append(head + b"\r\n\r\n" + body)
        return self.peer.requests[-1]

    def say(self, octets: bytes) -> None:
        self.sock.sendall(octets)

    def drip(self, octets: bytes) -> None:
        for octet in octets:
            self.say(bytes([octet]))
            if self.peer.stopped.wait(0.02):
                return

    def hold(self) -> None:
        self.peer.stopped.wait(5)

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Talk], None]


class Peer:
    def __init__(self, scripts: tuple[Script, ...], tls: ssl.SSLContext | None) -> None:
        self.scripts, self.tls = scripts, tls
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopped = threading.Event()
        self.closed_one = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}/hooks/65f0c0ffee65f0c0ffee/tokenTOKENtokenTOKENa1b2"

    def accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            threading.Thread(target=self.play, args=(sock, script), daemon=True).start()

    def play(self, sock: socket.socket, script: Script) -> None:
        try:
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True)
            script(Talk(sock, self))
        except OSError:
            pass  # the caller hung up, as many tests want it to
        finally:
            sock.close()
            self.closed_one.set()


@contextmanager
def peer(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    made = Peer(scripts, tls)
    threading.Thread(target=made.accept, daemon=True).start()
    try:
        yield made
    finally:
        made.stopped.set()
        made.listener.shutdown(socket.SHUT_RDWR)
        made.listener.close()


def answering(octets: bytes = OK) -> Script:
    """Answers every request of a connection the same way."""

    def script(talk: Talk) -> None:
        while talk.hear():
            talk.say(octets)

    return script


def answering_once(octets: bytes = OK) -> Script:
    """Answers one request and closes."""

    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(octets)

    return script
