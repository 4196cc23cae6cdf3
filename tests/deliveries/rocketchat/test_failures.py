from __future__ import annotations

import http.client
import ssl
import time

import pytest
import requests
import urllib3

from deliveries.reasons import Reason
from deliveries.rocketchat import failures
from deliveries.rocketchat.outcomes import Ending
from deliveries.wire import dial
from deliveries.wire.dial import Call, Stage
from deliveries.wire.networks import AddressPolicy

pytestmark = pytest.mark.anywhere

SECRET = "http://chat.example/hooks/id/token"


def call(*, left: float = 10.0, body_sent: int = 0, stage: Stage = Stage.SENDING) -> Call:
    ends_at = time.monotonic() + left
    return Call(ends_at, ends_at, AddressPolicy(), stage, body_sent > 0, body_sent)


def wrapped(cause: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(urllib3.exceptions.ProtocolError(f"Connection aborted. {SECRET}", cause))


@pytest.mark.parametrize(("body_sent", "kind"), [(0, Ending.NOT_SENT), (1, Ending.UNKNOWN), (500, Ending.UNKNOWN)])
def test_only_if_no_byte_left_it_is_surely_not_sent(body_sent: int, kind: Ending) -> None:
    assert failures.judge(wrapped(BrokenPipeError()), call(body_sent=body_sent), 10.0).kind is kind


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (ConnectionResetError(), Reason.RESET),
        (BrokenPipeError(), Reason.RESET),
        (http.client.RemoteDisconnected("gone"), Reason.RESET),
        (OSError(113, "no route"), Reason.RESET),
        (TimeoutError(), Reason.TIMEOUT),
        (ssl.SSLError("alert"), Reason.TLS),
        (ssl.SSLCertVerificationError("bad"), Reason.TLS),
        (http.client.IncompleteRead(b"x", 5), Reason.TRUNCATED),
        (http.client.BadStatusLine("junk"), Reason.NOT_ROCKETCHAT),
        (http.client.LineTooLong("header line"), Reason.NOT_ROCKETCHAT),
        (urllib3.exceptions.LocationParseError(SECRET), Reason.BAD_URL),
        (requests.exceptions.InvalidURL(SECRET), Reason.BAD_URL),
    ],
)
def test_the_reason_is_found_under_its_wrappings(cause: Exception, reason: Reason) -> None:
    assert failures.reason_of(wrapped(cause)) is reason


def test_the_cause_is_found_in_a_chain_of_exceptions() -> None:
    outer = requests.ConnectionError(SECRET)
    outer.__cause__ = OSError("inner")
    outer.__cause__.__context__ = ssl.SSLError("alert")
    assert failures.reason_of(outer) is Reason.TLS


def test_exceptions_that_wrap_each_other_come_to_an_end() -> None:
    first, second = OSError("a"), OSError("b")
    first.__cause__, second.__cause__ = second, first
    assert failures.reason_of(first) is Reason.RESET


def test_past_the_deadline_every_trouble_is_a_timeout() -> None:
    answer = failures.judge(wrapped(ConnectionResetError()), call(left=-1, body_sent=1, stage=Stage.WAITING), 10.0)
    assert (answer.kind, answer.reason) == (Ending.UNKNOWN, Reason.TIMEOUT)
    assert "within 10 s" in answer.error
    assert "waiting for the answer" in answer.error


@pytest.mark.parametrize("cause", [ConnectionResetError(), TimeoutError(), http.client.BadStatusLine(SECRET),
                                   ssl.SSLError("x"), requests.exceptions.InvalidURL(SECRET)])  # fmt: skip
def test_no_words_hold_the_address(cause: Exception) -> None:
    assert "token" not in failures.judge(wrapped(cause), call(body_sent=1), 10.0).error


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (dial.Blocked("why"), Reason.BLOCKED),
        (dial.CannotResolve("why"), Reason.DNS),
        (dial.CannotConnect("why"), Reason.CONNECT),
    ],
)
def test_a_failed_dial_sends_nothing_and_keeps_its_words(trouble: dial.DialError, reason: Reason) -> None:
    answer = failures.judge(trouble, call(), 10.0)
    assert (answer.kind, answer.reason, answer.error) == (Ending.NOT_SENT, reason, "why")


def test_every_reason_for_a_failed_dial_is_known() -> None:
    assert set(failures._DIAL_REASONS) == set(dial.DialError.__subclasses__())
