"""What a refusal of the REST API means."""

from __future__ import annotations

from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending
from deliveries.rocketchat.rest import Account
from tests.deliveries.rest_client import ROOM, account_of, send

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"archived": True}, Reason.BAD_ROOM),
        ({"read_only": True}, Reason.BAD_ROOM),
        ({"encrypted": True}, Reason.BAD_ROOM),
        ({"muted": ["alerthub.bot"]}, Reason.BAD_ROOM),
        ({"refusal": "error-not-allowed"}, Reason.BAD_ROOM),
        ({"refusal": "not-allowed"}, Reason.FORBIDDEN),
        ({"refusal": "error-unauthorized"}, Reason.FORBIDDEN),
        ({"refusal": "Not enough permission"}, Reason.FORBIDDEN),
        ({"refusal": "error-action-not-allowed"}, Reason.MENTION),
        ({"refusal": "a new kind of no"}, Reason.SUCCESS_FALSE),
    ],
)
def test_a_rooms_refusal_is_understood(
    client: Client, account: Account, sandbox: Sandbox, rid: str, facts: dict[str, Any], reason: Reason
) -> None:
    sandbox.room(ROOM, **facts)
    outcome = send(client, account, rid)
    assert (outcome.kind, outcome.reason) == (Ending.REFUSED, reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"text": "x" * 5001}, Reason.TOO_LARGE),
        ({"text": "x", "attachments": [{"title": "t", "title_link": "no-url"}]}, Reason.BAD_MESSAGE),
        ({"text": "x", "attachments": [{"fields": [{"title": "", "value": "v"}]}]}, Reason.BAD_MESSAGE),
        ({"text": {}}, Reason.BAD_MESSAGE),
        ({"text": "@all look"}, Reason.MENTION),
    ],
)
def test_a_refused_message_is_understood(
    client: Client, account: Account, rid: str, body: dict[str, Any], reason: Reason
) -> None:
    assert send(client, account, rid, body).reason is reason


def test_a_room_that_is_not_there_is_named(client: Client, account: Account) -> None:
    assert send(client, account, "nowhere").reason is Reason.BAD_ROOM


def test_a_wrong_token_is_not_authorized(client: Client, sandbox: Sandbox, rid: str) -> None:
    outcome = send(client, account_of(sandbox, token="wrong-token"), rid)
    assert (outcome.kind, outcome.reason, outcome.status) == (Ending.REFUSED, Reason.UNAUTHORIZED, 401)


def test_an_alias_without_the_role_bot_is_forbidden(client: Client, sandbox: Sandbox, rid: str) -> None:
    outcome = send(client, account_of(sandbox, bot=False), rid, {"text": "x", "alias": "Alerts"})
    assert outcome.reason is Reason.FORBIDDEN


def test_a_rate_limit_tells_how_long_to_wait(client: Client) -> None:
    with Sandbox(rate_limit=(1, 60), clock=lambda: 1_700_000_000.0) as sandbox:
        account, rid = account_of(sandbox, bot=False), sandbox.room(ROOM).id
        send(client, account, rid)
        outcome = send(client, account, rid, message_id="other")
    assert (outcome.reason, outcome.rate_limit_remaining) == (Reason.RATE_LIMITED, 0)
    assert outcome.retry_after is not None


@pytest.mark.parametrize(
    ("fault", "options", "reason"),
    [
        ("disabled", {}, Reason.SERVER_ERROR),
        ("redirect", {}, Reason.REDIRECT),
        ("html", {}, Reason.NOT_ROCKETCHAT),
        ("status", {"status": 403, "error": "error-not-allowed"}, Reason.FORBIDDEN),
        ("status", {"status": 404, "error": "Resource not found"}, Reason.NOT_FOUND),
        ("status", {"status": 413}, Reason.TOO_LARGE),
        ("success_false", {"error": "[error-invalid-room]"}, Reason.BAD_ROOM),
    ],
)
def test_other_answers_mean_what_they_mean_for_a_webhook(
    client: Client, account: Account, sandbox: Sandbox, rid: str, fault: str, options: dict[str, Any], reason: Reason
) -> None:
    sandbox.rest.fail(fault, **options)
    assert send(client, account, rid).reason is reason
