"""Peers that leave a caller without a clear answer, and the reason that it names."""

from __future__ import annotations

import gzip

from deliveries.reasons import Reason
from tests.deliveries.peers import OK, Script, Talk, answering_once, http


def silence(talk: Talk) -> None:
    talk.hear()
    talk.hold()


def dripping_head(talk: Talk) -> None:
    talk.hear()
    talk.drip(OK)


def dripping_long_body(talk: Talk) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    talk.drip(b" " * 1000)


def reset_before_the_answer(talk: Talk) -> None:
    talk.hear()
    talk.reset()


def reset_in_the_answer(talk: Talk) -> None:
    talk.hear()
    talk.say(OK[:-5])
    talk.reset()


def endless_body(talk: Talk) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not talk.peer.stopped.is_set():
        talk.say(b"1000\r\n" + b" " * 0x1000 + b"\r\n")


def endless_continue(talk: Talk) -> None:
    talk.hear()
    while not talk.peer.stopped.is_set():
        talk.say(b"HTTP/1.1 100 Continue\r\n\r\n")


BOMB = gzip.compress(b'{"success":true}' + b" " * 1_000_000)
UNKNOWNS: list[tuple[Script, Reason]] = [
    (silence, Reason.TIMEOUT),
    (dripping_head, Reason.TIMEOUT),
    (dripping_long_body, Reason.TIMEOUT),
    (endless_continue, Reason.TIMEOUT),
    (reset_before_the_answer, Reason.RESET),
    (reset_in_the_answer, Reason.RESET),
    (answering_once(b""), Reason.RESET),
    (answering_once(OK[:-5]), Reason.TRUNCATED),
    (answering_once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"), Reason.TRUNCATED),
    (answering_once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), Reason.TRUNCATED),
    (answering_once(b"SSH-2.0-OpenSSH_9.2\r\n"), Reason.NOT_ROCKETCHAT),
    (answering_once(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n"), Reason.NOT_ROCKETCHAT),
    (answering_once(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), Reason.NOT_ROCKETCHAT),
    (answering_once(b"HTTP/1.1 103 Early Hints\r\n\r\n"), Reason.NOT_ROCKETCHAT),
    (answering_once(http("204 No Content")), Reason.NOT_ROCKETCHAT),
    (answering_once(http("200 OK", BOMB, "Content-Encoding: gzip")), Reason.NOT_ROCKETCHAT),
    (answering_once(http("200 OK", b'{"success":true}' + b" " * 200_000)), Reason.NOT_ROCKETCHAT),
    (endless_body, Reason.NOT_ROCKETCHAT),
]
