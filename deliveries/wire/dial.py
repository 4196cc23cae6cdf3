"""Sockets for calls outward: one hard deadline over all of a call, and no connection to an address that is not allowed.

Timeouts of `requests` bound each read, not the call: a byte now and then keeps it alive for ever. Here every socket
operation gets only what is left of the call that this thread makes. `connections` puts HTTP on top.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Any

import certifi

from deliveries.wire.networks import AddressPolicy

_MOST_ADDRESSES = 6
# Threads that hang in the system's resolver cannot be stopped, only be counted.
_resolvers = threading.BoundedSemaphore(32)


class DialError(Exception):
    """The call ended before it reached anyone; str() is a sentence for people."""


class Blocked(DialError):
    """The address must not be called."""


class CannotResolve(DialError):
    """The host name gave no address in time."""


class CannotConnect(DialError):
    """No address took the connection in time."""


class Stage(StrEnum):
    """How far a call has come, in words for people."""

    CONNECTING = "connecting"
    SECURING = "securing the connection"
    SENDING = "sending the message"
    WAITING = "waiting for the answer"
    READING = "reading the answer"


@dataclass(slots=True)
class Call:
    """One call under its deadline, and how far it came. Times are `time.monotonic()` seconds."""

    ends_at: float
    connect_ends_at: float
    policy: AddressPolicy
    stage: Stage = Stage.CONNECTING
    is_body: bool = False
    body_sent: int = 0

    def remaining(self) -> float:
        """Seconds left; TimeoutError when there are none."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's deadline has passed")
        return left

    def left_to_connect(self) -> float:
        """Seconds left for name and connection; 0 when there are none."""
        return max(0.0, min(self.connect_ends_at, self.ends_at) - time.monotonic())

    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at


class _Here(threading.local):
    call: Call | None = None


_here = _Here()


@contextmanager
def calling(call: Call) -> Iterator[Call]:
    """Every socket of this room that the thread uses inside is bound to this call."""
    _here.call = call
    try:
        yield call
    finally:
        _here.call = None


def current() -> Call:
    """The call this thread makes now."""
    if _here.call is None:
        raise RuntimeError("These sockets work only inside dial.calling().")
    return _here.call


def connect(host: str, port: int, call: Call) -> socket.socket:
    """A connected TCP socket to an allowed address of the host; raises a DialError.

    Addresses are tried in turn, both families alternating, each with a fair share of the time: one that swallows
    packets leaves enough for the others.
    """
    found = _resolve(host, port, call)
    refusals = {sockaddr[0]: call.policy.refusal(host, str(sockaddr[0])) for _, sockaddr in found}
    allowed = [(family, sockaddr) for family, sockaddr in found if not refusals[sockaddr[0]]][:_MOST_ADDRESSES]
    if not allowed:
        address, why = next(iter(refusals.items()))
        raise Blocked(f"{host} leads to {address}, which AlertHub must not call: {why}.")
    last = "no time left"
    for position, (family, sockaddr) in enumerate(allowed):
        left = call.left_to_connect()
        if left <= 0:
            break
        try:
            sock = DeadlineSocket(family, socket.SOCK_STREAM)
        except OSError as error:  # this machine may know no IPv6 at all
            last = (error.strerror or "failed").lower()
            continue
        try:
            socket.socket.settimeout(sock, left / (len(allowed) - position))
            sock.connect(sockaddr)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            last = "no answer in time" if isinstance(error, TimeoutError) else (error.strerror or "failed").lower()
        else:
            return sock
    raise CannotConnect(f"Cannot connect to {host} port {port}: {last}.")


def _resolve(host: str, port: int, call: Call) -> list[tuple[socket.AddressFamily, Any]]:
    """The host's addresses, families alternating. The system's resolver knows no timeout, so it runs aside."""
    slots = _resolvers
    answers: queue.SimpleQueue[list[Any] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)
        finally:
            slots.release()

    late = CannotResolve(f"Cannot find the address of {host}: the name server did not answer in time.")
    if not slots.acquire(timeout=call.left_to_connect()):
        raise late
    threading.Thread(target=ask, name="dial-resolver", daemon=True).start()
    try:
        found = answers.get(timeout=call.left_to_connect())
    except queue.Empty:
        raise late from None
    if isinstance(found, OSError | UnicodeError):
        why = (found.strerror if isinstance(found, OSError) else None) or "not a host name"
        raise CannotResolve(f"Cannot find the address of {host}: {why.lower()}.")
    v6 = [(family, sockaddr) for family, _, _, _, sockaddr in found if family == socket.AF_INET6]
    v4 = [(family, sockaddr) for family, _, _, _, sockaddr in found if family == socket.AF_INET]
    first, second = (v6, v4) if found and found[0][0] == socket.AF_INET6 else (v4, v6)
    return [each for each in chain.from_iterable(zip_longest(first, second)) if each is not None]


class _Deadline(socket.socket):
    """Gives each operation no more time than its call has left, and counts what the kernel took of the body."""

    def send(self, data: Any, flags: int = 0, /) -> int:
        call = current()
        self.settimeout(call.remaining())
        sent = super().send(data, flags)
        if call.is_body:
            call.body_sent += sent
        return sent

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        # By `send`, so that after a failure it is known whether any byte left.
        with memoryview(data) as view, view.cast("B") as octets:
            sent = 0
            while sent < len(octets):
                sent += self.send(octets[sent:], flags)

    def recv_into(self, *args: Any) -> int:
        self.settimeout(current().remaining())
        return super().recv_into(*args)


class DeadlineSocket(_Deadline):
    """Plain TCP."""


class DeadlineTLSSocket(_Deadline, ssl.SSLSocket):
    """TLS over TCP; the handshake counts as well."""

    def do_handshake(self, block: bool = False) -> None:
        call = current()
        call.stage = Stage.SECURING
        self.settimeout(call.remaining())
        super().do_handshake(block)


def tls_context(*, verify: bool, ca_file: str) -> ssl.SSLContext:
    """A context whose sockets keep the deadline. OSError if the CA file cannot be read."""
    # A CA file says whom to trust instead of the public authorities; those are the system's and those of `requests`.
    context = ssl.create_default_context(cafile=ca_file or None)
    if not ca_file:
        context.load_verify_locations(certifi.where())
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = DeadlineTLSSocket
    return context
