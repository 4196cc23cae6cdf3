"""What AlertHub sends to Rocket.Chat's REST API passes the schemas with which the server itself judges it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from alerthub.sandbox import Sandbox
from deliveries.messages import Look, render, render_digest, render_editable, render_notice, render_plain
from deliveries.rocketchat import rest
from tests.deliveries.digests import a_digest
from tests.deliveries.rest_client import account_of, new_client
from tests.deliveries.stories import TRAIL, a_story
from tests.rocketchat import RocketChat, hostile

pytestmark = pytest.mark.anywhere
LOOK = Look(alias="AlertHub", emoji=":fire:")
BODIES = [
    *(make(a_story(), look) for make in (render, render_plain, render_editable) for look in (Look(), LOOK)),
    *(render(story, Look(avatar="https://ours.example/a.png")) for story in hostile.many(hostile.story, 5, 1)),
    render_digest(a_digest(), LOOK),
    render_notice("Worker w1 is missing.\nStart it.", "critical", 7, LOOK, url=TRAIL),
]


def asked(sandbox: Sandbox) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the server had: name, and body or query."""
    found = []
    for each in sandbox.requests(sandbox.rest):
        path, _, query = each.address.partition("?")
        given = json.loads(each.body) if each.method == "POST" else dict(parse_qsl(query))
        found.append((path.removeprefix("/api/v1/"), given))
    return found


def test_all_that_is_sent_passes_the_servers_own_schemas(rocketchat: RocketChat, sandbox: Sandbox) -> None:
    client, account = new_client(), account_of(sandbox)
    rid = sandbox.room("#ops").id
    sandbox.room("@ann")
    for room in ("#ops", "@ann", rid, "#nowhere"):
        rest.resolve(client, account, room)
    for number, body in enumerate(BODIES):
        more: dict[str, Any] = {} if number % 2 else {"tmid": f"m{number - 2}", "in_room": True} if number else {}
        rest.send(client, account, rid, body, message_id=f"m{number}", **more)
    rest.edit(client, account, rid, "m0", BODIES[4]["text"])
    rest.check(client, account, "#ops")
    client.close()
    judged = [(name, given) for name, given in asked(sandbox) if name not in ("me", "/api/info")]
    assert {name for name, _ in judged} == {
        "rooms.info", "im.create", "chat.sendMessage", "chat.getMessage", "chat.update",
    }  # fmt: skip
    refused = [(name, given, words) for name, given in judged if (words := rocketchat.judge(name, [given])[0])]
    assert refused == []
