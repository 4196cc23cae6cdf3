"""The sandbox's page shows a message of AlertHub as Rocket.Chat's parser takes it."""

from __future__ import annotations

from typing import Any

import pytest

from deliveries.messages import Look, render, render_digest, render_editable
from tests.deliveries.messages.test_pairs import NAMES, told
from tests.rocketchat import Pieces, RocketChat, hostile

pytestmark = pytest.mark.anywhere


def texts() -> list[str]:
    stories = [*map(told, NAMES), *hostile.many(hostile.story, 20, 1)]
    bodies: list[dict[str, Any]] = [make(story, Look()) for story in stories for make in (render, render_editable)]
    bodies += [render_digest(digest, Look()) for digest in hostile.many(hostile.digest, 5, 1)]
    return [body["text"] for body in bodies] + [
        card["text"] for body in bodies for card in body.get("attachments", []) if "text" in card
    ]


def joined(pieces: Pieces) -> Pieces:
    """Unicode emoji are text to the page; texts that follow each other are one."""
    found: Pieces = []
    for kind, *rest in pieces:
        words = rest[-1] if kind == "emoji" else rest[0] if kind == "text" else None
        if words is None:
            found.append([kind, *(joined(each) if isinstance(each, list) else each for each in rest)])
        elif found and found[-1][0] == "text":
            found[-1] = ["text", found[-1][1] + words]
        else:
            found.append(["text", words])
    return found


def test_the_page_shows_what_the_parser_says(rocketchat: RocketChat) -> None:
    shown = texts()
    parsed = [joined(reading["now, switches on"]) for reading in rocketchat.read_messages(shown)]
    on_page = [joined(pieces) for pieces in rocketchat.show_on_page(shown)]
    wrong = [(text, a, b) for text, a, b in zip(shown, on_page, parsed, strict=True) if a != b]
    assert not wrong, wrong[0]


@pytest.mark.parametrize("text", ["[prod] Disk\n`a` [Runbook](http://runbooks:80/a_b) x", "a [b](http://c.example/d)."])
def test_a_stray_bracket_is_seen_on_the_page_too(rocketchat: RocketChat, text: str) -> None:
    [reading] = rocketchat.read_messages([text])
    links = [piece for piece in reading["now, switches on"] if piece[0] == "link"]
    [page] = rocketchat.show_on_page([text])
    assert [piece for piece in page if piece[0] == "link"] == links
