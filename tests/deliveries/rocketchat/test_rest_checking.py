from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.rocketchat import rest
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.rest import Account, Step, checking
from tests.deliveries.certificates import self_signed
from tests.deliveries.peers import answering, peer
from tests.deliveries.rest_client import account_of

pytestmark = pytest.mark.anywhere


def last(client: Client, account: Account, room: str = "") -> Step:
    return rest.check(client, account, room)[-1]


def test_a_server_in_order_passes_every_step(client: Client, sandbox: Sandbox) -> None:
    sandbox.room("#ops")
    findings = rest.check(client, account_of(sandbox), "#ops")
    assert [each.step for each in findings] == ["Connection", "Rocket.Chat", "Account", "Role", "Room", "Posting"]
    assert all(each.ok for each in findings)


def test_without_a_room_the_account_is_checked(client: Client, sandbox: Sandbox) -> None:
    assert last(client, account_of(sandbox)).step == "Role"


def test_checking_posts_nothing(client: Client, sandbox: Sandbox) -> None:
    sandbox.room("#ops")
    rest.check(client, account_of(sandbox), "#ops")
    assert sandbox.messages() == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://no-such-host.invalid", "Cannot find the address of no-such-host.invalid"),
        ("http://169.254.169.254", "ALERTHUB_ALLOWED_TARGET_HOSTS"),
        ("http://127.0.0.1:9", "Check that Rocket.Chat is up"),
    ],
)
def test_a_server_that_cannot_be_reached_says_why(client: Client, url: str, words: str) -> None:
    finding = last(client, Account(url, "user", "token-of-the-bot"))
    assert (finding.step, finding.ok, words in finding.words) == ("Connection", False, True)


def test_plain_http_says_that_the_token_can_be_read(client: Client, sandbox: Sandbox) -> None:
    assert "the access token travels in clear" in rest.check(client, account_of(sandbox))[0].words


def test_tls_trouble_is_told_with_its_cause(client: Client) -> None:
    with peer(lambda talk: talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        finding = last(client, Account(f"https://127.0.0.1:{server.port}", "user", "token-of-the-bot"))
    assert (finding.step, "is it http://?" in finding.words) == ("Connection", True)


@pytest.mark.parametrize("is_verified", [True, False])
def test_tls_says_whether_the_certificate_was_verified(client: Client, tmp_path: Path, is_verified: bool) -> None:
    certificate = self_signed(tmp_path)
    with peer(answering(), tls=certificate.context) as server:
        trust = {"ca_file": str(certificate.path)} if is_verified else {"verify_tls": False}
        account = Account(f"https://127.0.0.1:{server.port}", "user", "token-of-the-bot", **trust)
        finding = rest.check(client, account)[0]
    words = "its certificate is trusted" if is_verified else "its certificate is not verified"
    assert finding == Step("Connection", True, f"127.0.0.1 answers over TLS; {words}.")


@pytest.mark.parametrize("fault", ["html", "redirect", "empty"])
def test_something_else_than_rocketchat_is_not_shown_the_token(client: Client, sandbox: Sandbox, fault: str) -> None:
    sandbox.rest.fail(fault)
    account = account_of(sandbox)
    finding = last(client, account)
    (request,) = sandbox.requests(sandbox.rest)
    assert (finding.step, finding.ok, "x-auth-token" in request.headers) == ("Rocket.Chat", False, False)


def test_a_redirect_says_where_to(client: Client, sandbox: Sandbox) -> None:
    sandbox.rest.fail("redirect", location="https://chat.example/api/info")
    assert "redirects to https://chat.example" in last(client, account_of(sandbox)).words


@pytest.mark.parametrize("wrong", [{"token": "wrong-token"}, {"user_id": "somebody"}])
def test_a_wrong_token_or_user_id_says_what_to_make(client: Client, sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    finding = last(client, account_of(sandbox, **wrong))
    assert (finding.step, finding.ok) == ("Account", False)
    assert "Make the bot a new personal access token" in finding.words


def test_an_account_with_a_limit_is_told_of_the_role_bot(client: Client) -> None:
    with Sandbox(rate_limit=(10, 60)) as sandbox:
        finding = last(client, account_of(sandbox, bot=False))
    assert (finding.step, finding.ok, "Give it the role bot" in finding.words) == ("Role", False, True)


def test_an_account_without_a_limit_needs_no_role(client: Client, sandbox: Sandbox) -> None:
    assert last(client, account_of(sandbox, bot=False)).ok


def test_a_role_that_is_missing_stops_no_further_step(client: Client) -> None:
    with Sandbox(rate_limit=(10, 60)) as sandbox:
        sandbox.room("#ops")
        assert last(client, account_of(sandbox, bot=False), "#ops").step == "Posting"


@pytest.mark.parametrize(
    ("facts", "step", "words"),
    [
        ({"archived": True}, "Room", "is archived"),
        ({"refusal": "error-not-allowed"}, "Room", "invite it"),
        ({"read_only": True}, "Posting", "read-only: let @alerthub.bot speak there"),
        ({"encrypted": True}, "Posting", "Switch encryption off"),
        ({"muted": ["alerthub.bot"]}, "Posting", "@alerthub.bot is muted"),
    ],
)
def test_a_room_that_takes_nothing_says_why(
    client: Client, sandbox: Sandbox, facts: dict[str, Any], step: str, words: str
) -> None:
    sandbox.room("#ops", **facts)
    finding = last(client, account_of(sandbox), "#ops")
    assert (finding.step, finding.ok, words in finding.words) == (step, False, True)


def test_a_bot_that_may_speak_in_a_read_only_room_is_well(client: Client, sandbox: Sandbox) -> None:
    sandbox.room("#ops", read_only=True, unmuted=["alerthub.bot"])
    assert last(client, account_of(sandbox), "#ops").ok


def test_a_slow_server_ends_the_check_in_time(
    client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "LONGEST", 0.3)
    sandbox.rest.fail("slow", seconds=0.2)
    finding = last(client, account_of(sandbox))
    assert (finding.ok, "the time ran out" in finding.words) == (False, True)


def test_a_server_that_repeats_the_token_does_not_get_it_shown(client: Client) -> None:
    told = b'{"success":true,"version":"8","username":"token-of-the-bot"}'
    with peer(answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told))) as server:
        findings = rest.check(client, Account(f"http://127.0.0.1:{server.port}", "some-user", "token-of-the-bot"))
    assert "token-of-the-bot" not in "".join(each.words for each in findings)
