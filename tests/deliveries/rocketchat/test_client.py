from __future__ import annotations

import gzip
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat.client import ANSWER_KEPT, Client, Hook, redact_url
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.wire import connections
from deliveries.wire.networks import AddressPolicy
from tests.deliveries.certificates import Certificate, self_signed
from tests.deliveries.peers import OK, Script, Talk, answering, answering_once, peer

pytestmark = pytest.mark.anywhere

DEADLINE = 0.4
MESSAGE = {"text": "disk full"}


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(user_agent="AlertHub/1.2.3", policy=AddressPolicy(allow_loopback=True))
    yield made
    made.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("tls"))


def hook(url: str, **more: Any) -> Hook:
    return Hook(url=url, **({"connect_timeout": more.get("timeout", DEADLINE), "timeout": DEADLINE} | more))


def http(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


# The straight way.


def test_a_message_is_posted_as_compact_json(client: Client) -> None:
    with peer(answering()) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), {"text": "grüß", "attachments": [{"color": "#f00"}]})
    head, _, body = rocketchat.requests[0].partition(b"\r\n\r\n")
    assert (outcome.kind, outcome.reason, outcome.status) == (Ending.DELIVERED, None, 200)
    assert head.startswith(b"POST /hooks/65f0c0ffee65f0c0ffee/tokenTOKENtokenTOKENa1b2 HTTP/1.1\r\n")
    assert b": " not in body
    assert json.loads(body) == {"text": "grüß", "attachments": [{"color": "#f00"}]}


@pytest.mark.parametrize(
    "header",
    [b"Content-Type: application/json", b"User-Agent: AlertHub/1.2.3", b"Accept-Encoding: identity"],
)
def test_the_request_says_what_it_is(client: Client, header: bytes) -> None:
    with peer(answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
    assert header in rocketchat.requests[0].split(b"\r\n")


def test_an_outcome_tells_when_how_long_and_what_was_answered(client: Client) -> None:
    with peer(answering(http("200 OK", b'{"success":true}', "X-RateLimit-Remaining: 7"))) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert outcome.started_at.tzinfo is not None
    assert 0 < outcome.duration < DEADLINE
    assert outcome.answer == '{"success":true}'
    assert outcome.rate_limit_remaining == 7


@pytest.mark.parametrize(("rooms", "is_told"), [("#ops", True), ("#ops,#night", False)])
def test_a_message_has_an_id_only_if_one_room_got_it(
    client: Client, sandbox: Sandbox, rooms: str, is_told: bool
) -> None:
    outcome = client.post(Hook(sandbox.hook(rooms).url), MESSAGE | {"separateResponse": True})
    assert (outcome.kind, outcome.message_id) == (Ending.DELIVERED, sandbox.messages()[0].id if is_told else "")


def test_the_connection_is_kept_for_the_next_message(client: Client) -> None:
    with peer(answering()) as rocketchat:
        kinds = {client.post(hook(rocketchat.url()), {"text": str(turn)}).kind for turn in range(3)}
    assert kinds == {Ending.DELIVERED}
    assert (rocketchat.connections, len(rocketchat.requests)) == (1, 3)


def test_each_message_has_its_own_length(client: Client) -> None:
    with peer(answering()) as rocketchat:
        for text in ("a much longer text", "short"):
            client.post(hook(rocketchat.url()), {"text": text})
    assert rocketchat.requests[1].endswith(b'\r\n\r\n{"text":"short"}')


def test_a_kept_connection_has_the_deadline_of_the_present_message(client: Client) -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(OK)
        talk.hear()
        talk.drip(OK)

    with peer(script) as rocketchat:
        first = client.post(hook(rocketchat.url()), MESSAGE)
        second = client.post(hook(rocketchat.url()), MESSAGE)
    assert (first.kind, second.reason) == (Ending.DELIVERED, Reason.TIMEOUT)
    assert DEADLINE * 0.9 < second.duration < DEADLINE * 2


def test_a_connection_the_peer_closed_is_not_used_again(client: Client) -> None:
    with peer(answering_once(), answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
        assert rocketchat.closed_one.wait(2)
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED
    assert rocketchat.connections == 2


def test_a_connection_idle_for_long_is_not_used_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_LIMIT", 0.0)
    with peer(answering()) as rocketchat:
        for _ in range(2):
            client.post(hook(rocketchat.url()), MESSAGE)
    assert rocketchat.connections == 2


def test_a_late_answer_is_never_taken_for_the_next_message(client: Client) -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)
        talk.hold()

    with peer(script, answering(http("404 Not Found"))) as rocketchat:
        first = client.post(hook(rocketchat.url()), MESSAGE)
        second = client.post(hook(rocketchat.url()), MESSAGE)
    assert (first.kind, second.reason) == (Ending.UNKNOWN, Reason.NOT_FOUND)


def test_a_closed_client_can_be_used_again(client: Client) -> None:
    with peer(answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
        client.close()
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED


# Faults after the message was written: nobody knows.


def silence(talk: Talk) -> None:
    talk.hear()
    talk.hold()


def dripping_head(talk: Talk) -> None:
    talk.hear()
    talk.drip(OK)


def dripping_body(talk: Talk) -> None:
    talk.hear()
    talk.say(OK[:-16])
    talk.drip(OK[-16:] + b" " * 1000)


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


@pytest.mark.parametrize(("script", "reason"), UNKNOWNS)
def test_trouble_after_the_message_was_written_leaves_it_unknown(
    client: Client, script: Script, reason: Reason
) -> None:
    with peer(script) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, reason)
    assert outcome.error.endswith(".")
    assert outcome.duration < DEADLINE * 2


@pytest.mark.parametrize("script", [script for script, _ in UNKNOWNS])
def test_a_troubled_connection_is_not_used_again(client: Client, script: Script) -> None:
    with peer(script, answering()) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
        rocketchat.closed_one.wait(0.05)  # a peer that closes does so before the next message
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED


def test_a_body_that_comes_whole_before_the_deadline_is_read_to_its_end_only(client: Client) -> None:
    with peer(dripping_body) as rocketchat:
        assert client.post(hook(rocketchat.url(), timeout=2.0), MESSAGE).kind is Ending.DELIVERED


def test_a_redirect_is_not_followed(client: Client) -> None:
    with peer(answering(http("200 OK", b'{"success":true}'))) as other:
        moved = http("302 Found", b"", f"Location: {other.url()}")
        with peer(answering(moved)) as rocketchat:
            outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, Reason.REDIRECT)
    assert other.connections == 0
    assert f"127.0.0.1:{other.port}" in outcome.error


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "413 Too Large"])
def test_no_answer_makes_the_client_repeat_by_itself(client: Client, status: str) -> None:
    with peer(answering(http(status, b"{}", "Retry-After: 1"))) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
    assert len(rocketchat.requests) == 1


def test_a_wait_asked_for_is_told(client: Client) -> None:
    with peer(answering(http("429 Too Many Requests", b"{}", "Retry-After: 17"))) as rocketchat:
        assert client.post(hook(rocketchat.url()), MESSAGE).retry_after == 17


# Trouble before a byte of the message left.


def nobody_listens() -> str:
    with peer() as gone:
        return gone.url()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://no-such-host.invalid/hooks/a/b", Reason.DNS),
        (f"http://{'x' * 70}.example/hooks/a/b", Reason.DNS),
        ("http://169.254.169.254/hooks/a/b", Reason.BLOCKED),
        ("http://[::ffff:169.254.169.254]/hooks/a/b", Reason.BLOCKED),
        ("ftp://chat.example/hooks/a/b", Reason.BAD_URL),
        ("chat.example/hooks/a/b", Reason.BAD_URL),
        ("https://", Reason.BAD_URL),
        ("https://chat.example:99999/hooks/a/b", Reason.BAD_URL),
        ("", Reason.BAD_URL),
    ],
)
def test_an_address_that_leads_nowhere_sends_nothing(client: Client, url: str, reason: Reason) -> None:
    outcome = client.post(hook(url, connect_timeout=5.0, timeout=5.0), MESSAGE)
    assert (outcome.kind, outcome.reason, outcome.status) == (Ending.NOT_SENT, reason, None)


def test_a_refused_connection_sends_nothing(client: Client) -> None:
    outcome = client.post(hook(nobody_listens()), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.CONNECT)
    assert "connection refused" in outcome.error


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
def test_this_machine_is_not_called_unless_allowed(host: str) -> None:
    with peer(answering()) as rocketchat:
        outcome = Client(user_agent="x").post(hook(rocketchat.url().replace("127.0.0.1", host)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.BLOCKED)
    assert rocketchat.connections == 0


@pytest.mark.parametrize("body", [{}, {"text": float("nan")}, {"text": object()}])
def test_a_message_rocketchat_would_swallow_is_not_sent(client: Client, body: dict[str, Any]) -> None:
    with peer(answering()) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), body)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.BAD_MESSAGE)
    assert rocketchat.connections == 0


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(client: Client, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with peer(answering()) as rocketchat:
        assert client.post(hook(rocketchat.url()), MESSAGE).kind is Ending.DELIVERED


def test_a_message_no_buffer_takes_at_once_still_keeps_the_deadline(client: Client) -> None:
    with peer(lambda talk: talk.hold()) as rocketchat:
        outcome = client.post(hook(rocketchat.url(), timeout=2.0), {"text": "x" * 30_000_000})
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, Reason.TIMEOUT)
    assert outcome.duration < 6


# TLS.


def tls(url: str, **more: Any) -> Hook:
    return hook(url, **({"connect_timeout": 5.0, "timeout": 5.0} | more))


def test_a_given_ca_is_trusted(client: Client, certificate: Certificate) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat:
        for _ in range(2):
            outcome = client.post(tls(rocketchat.url("https"), ca_file=str(certificate.path)), MESSAGE)
            assert outcome.kind is Ending.DELIVERED
    assert rocketchat.connections == 1


def test_an_unknown_ca_is_not_trusted(client: Client, certificate: Certificate) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat:
        outcome = client.post(tls(rocketchat.url("https")), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert "self-signed certificate" in outcome.error
    assert rocketchat.requests == []


def test_an_admin_may_switch_verification_off_without_noise(client: Client, certificate: Certificate) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat, warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = client.post(tls(rocketchat.url("https"), verify_tls=False), MESSAGE)
    assert outcome.kind is Ending.DELIVERED


def test_switching_verification_off_for_one_target_leaves_the_others_strict(
    client: Client, certificate: Certificate
) -> None:
    with peer(answering(), tls=certificate.context) as rocketchat:
        client.post(tls(rocketchat.url("https"), verify_tls=False), MESSAGE)
        assert client.post(tls(rocketchat.url("https")), MESSAGE).reason is Reason.TLS


@pytest.mark.parametrize(
    ("flaw", "words"), [({"days": -1}, "certificate has expired"), ({"address": "127.0.0.2"}, "not valid for")]
)
def test_a_wrong_certificate_is_named(client: Client, tmp_path: Path, flaw: dict[str, Any], words: str) -> None:
    wrong = self_signed(tmp_path, **flaw)
    with peer(answering(), tls=wrong.context) as rocketchat:
        outcome = client.post(tls(rocketchat.url("https"), ca_file=str(wrong.path)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert words in outcome.error


def test_plain_http_on_a_tls_address_is_named(client: Client) -> None:
    with peer(lambda talk: talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as rocketchat:
        outcome = client.post(tls(rocketchat.url("https")), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert "does not speak TLS" in outcome.error


def test_a_hanging_handshake_sends_nothing_and_keeps_the_deadline(client: Client) -> None:
    with peer(lambda talk: talk.hold()) as rocketchat:
        outcome = client.post(hook(rocketchat.url("https")), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TIMEOUT)
    assert "securing the connection" in outcome.error
    assert outcome.duration < DEADLINE * 2


def test_a_slow_handshake_may_take_longer_than_connecting(client: Client) -> None:
    with peer(lambda talk: talk.hold()) as rocketchat:
        outcome = client.post(hook(rocketchat.url("https"), connect_timeout=0.4, timeout=1.0), MESSAGE)
    assert outcome.duration > 0.9


@pytest.mark.parametrize("script", [silence, dripping_head, dripping_long_body])
def test_the_deadline_holds_inside_tls(client: Client, certificate: Certificate, script: Script) -> None:
    with peer(script, tls=certificate.context) as rocketchat:
        outcome = client.post(hook(rocketchat.url("https"), ca_file=str(certificate.path)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.UNKNOWN, Reason.TIMEOUT)
    assert outcome.duration < DEADLINE * 2


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unreadable_ca_file_is_named(client: Client, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    outcome = client.post(tls("https://chat.example/hooks/a/b", ca_file=str(path)), MESSAGE)
    assert (outcome.kind, outcome.reason) == (Ending.NOT_SENT, Reason.TLS)
    assert "CA file" in outcome.error


def test_a_renewed_ca_file_is_taken_up(client: Client, certificate: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(self_signed(tmp_path).path.read_bytes())
    with peer(answering(), tls=certificate.context) as rocketchat:
        assert client.post(tls(rocketchat.url("https"), ca_file=str(path)), MESSAGE).reason is Reason.TLS
        path.write_bytes(certificate.path.read_bytes())
        assert client.post(tls(rocketchat.url("https"), ca_file=str(path)), MESSAGE).kind is Ending.DELIVERED


# Secrets and texts from outside.


def texts(outcome: Outcome) -> str:
    return f"{outcome!r} {outcome.answer} {outcome.error}".lower()


@pytest.mark.parametrize("script", [script for script, _ in UNKNOWNS])
def test_no_trouble_tells_the_address(client: Client, caplog: pytest.LogCaptureFixture, script: Script) -> None:
    caplog.set_level(logging.DEBUG)
    with peer(script) as rocketchat:
        told = texts(client.post(hook(rocketchat.url()), MESSAGE)) + caplog.text.lower()
    assert "tokentoken" not in told
    assert "c0ffee" not in told


@pytest.mark.parametrize("header", ["X-Fine: yes", "no header at all"])
def test_urllib3_logs_nothing_as_it_would_log_the_address(
    client: Client, caplog: pytest.LogCaptureFixture, header: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with peer(answering(http("200 OK", b'{"success":true}', header))) as rocketchat:
        client.post(hook(rocketchat.url()), MESSAGE)
    assert [record for record in caplog.records if record.name.startswith("urllib3")] == []


def test_an_answer_that_repeats_the_address_is_kept_without_it(client: Client) -> None:
    error = b'{"success":false,"error":"Cannot POST /hooks/65f0c0ffee65f0c0ffee/tokenTOKENtokenTOKENa1b2"}'
    with peer(answering(http("400 Bad Request", error))) as rocketchat:
        outcome = client.post(hook(rocketchat.url()), MESSAGE)
    assert "Cannot POST …" in outcome.answer
    assert "tokentoken" not in texts(outcome)


def test_an_answer_is_kept_short_and_harmless(client: Client) -> None:
    with peer(answering(http("502 Bad Gateway", b"\x00\x1b[2J\xff" + b"x" * 10_000))) as rocketchat:
        answer = client.post(hook(rocketchat.url()), MESSAGE).answer
    assert answer.startswith("\\u0000\\u001b[2J\ufffdx")
    assert len(answer.encode()) <= ANSWER_KEPT


def test_a_hook_does_not_show_its_address() -> None:
    assert "token" not in repr(Hook("https://chat.example/hooks/id/token"))


def test_of_an_address_the_origin_and_the_end_are_shown() -> None:
    assert redact_url("https://chat.example/hooks/id/0123456789a1b2") == "https://chat.example/…a1b2"


def test_hooks_edited_long_ago_are_forgotten(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deliveries.rocketchat.client._MOST_LINES", 2)
    with peer(answering()) as rocketchat:
        kinds = {client.post(hook(f"{rocketchat.url()}{turn}"), MESSAGE).kind for turn in range(5)}
    assert kinds == {Ending.DELIVERED}
    assert len(client._lines) <= 2
