"""The sandbox refuses by schema what Rocket.Chat's own JSON schemas refuse, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from alerthub.sandbox.rest import schemas
from alerthub.sandbox.rest.calls import Invalid
from tests.rocketchat import RocketChat

pytestmark = pytest.mark.anywhere
GOOD: dict[str, list[dict[str, Any]]] = {
    "chat.postMessage": [
        {"roomId": "r", "text": "x", "tmid": "t", "attachments": [{"text": "y"}], "parseUrls": False},
        {
            "channel": ["#a", "#b"],
            "text": "x",
            "alias": "a",
            "emoji": ":x:",
            "avatar": "http://a.b",
            "customFields": {},
        },
    ],
    "chat.sendMessage": [{"message": {"rid": "r", "msg": "x"}, "previewUrls": []}],
    "chat.getMessage": [{"msgId": "m"}],
    "chat.update": [{"roomId": "r", "msgId": "m", "text": "x", "previewUrls": ["http://a.b"], "customFields": {}}],
    "chat.react": [{"emoji": ":x:", "messageId": "m", "shouldReact": True}, {"reaction": "x", "messageId": "m"}],
    "rooms.info": [{"roomId": "r"}, {"roomName": "n"}],
    "im.create": [{"username": "u", "excludeSelf": False}, {"usernames": "u,v"}],
}
MESSAGE = {"rid": "r", "_id": "i", "msg": "x", "tmid": "t", "tshow": True, "alias": "a", "emoji": ":x:", "avatar": "b",
           "attachments": [{}], "blocks": [{}], "customFields": {}, "other": 1}  # fmt: skip
ODD: list[Any] = [None, "", "x", "true", 0, 1, 5, 5.5, True, False, [], ["x"], [5], [None], [{}], [[]], {}, {"a": 1}]


def bodies(call: str) -> Iterator[dict[str, Any]]:
    """The good ones; each without one field, with one too many, and with each field holding each odd value."""
    for good in GOOD[call]:
        yield good
        yield good | {"unknown": 1}
        for name in good:
            yield {field: value for field, value in good.items() if field != name}
            yield from (good | {name: odd} for odd in ODD)
    for one, other in zip(GOOD[call], GOOD[call][1:], strict=False):
        yield one | other
    yield {}
    if call == "chat.sendMessage":
        yield from ({"message": MESSAGE | {name: odd}} for name in MESSAGE for odd in ODD)


def refusal(call: str, body: dict[str, Any]) -> str:
    try:
        schemas.read(call, body)
    except Invalid as invalid:
        return str(invalid)
    return ""


@pytest.mark.parametrize("call", GOOD)
def test_the_sandbox_judges_a_body_as_the_published_schema_does(rocketchat: RocketChat, call: str) -> None:
    asked = list(bodies(call))
    theirs = rocketchat.judge(call, asked)
    ours = [refusal(call, body) for body in asked]
    wrong = [(body, a, b) for body, a, b in zip(asked, ours, theirs, strict=True) if bool(a) != bool(b)]
    assert wrong == []
    assert len({bool(words) for words in theirs}) == 2
