"""The sandbox over its own API, as the measurements need it: hooks, faults, what is in a room, what was asked of a hook."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hook:
    """One incoming webhook with a room of its own."""

    sandbox: str
    id: str
    room: str
    url: str

    def fail(self, kind: str, **options: Any) -> None:
        _ask(f"{self.sandbox}/sandbox/hooks/{self.id}/faults", {"kind": kind, **options})

    def heal(self) -> None:
        _ask(f"{self.sandbox}/sandbox/hooks/{self.id}/faults", {}, method="DELETE")

    def calls(self) -> list[dict[str, Any]]:
        """The journal: every request, with when it came and what was answered."""
        return list(_ask(f"{self.sandbox}/sandbox/hooks/{self.id}/log")["log"])


def make_hook(sandbox: str, name: str, rate_limit: str = "0") -> Hook:
    room = f"#{name}"
    made = _ask(f"{sandbox}/sandbox/hooks", {"room": room, "name": name, "rate_limit": rate_limit})
    return Hook(sandbox, made["id"], room, made["url"])


def messages(sandbox: str, room: str = "") -> list[dict[str, Any]]:
    """Every message, or those of one room, in the order they were stored."""
    return list(_ask(f"{sandbox}/sandbox/messages?room={room.replace('#', '%23')}")["messages"])


def words(message: dict[str, Any]) -> list[str]:
    """What a person reads in a message: its text, and the text of each card."""
    document = message["message"]
    return [document["msg"], *(card.get("text") or "" for card in document.get("attachments") or ())]


def _ask(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))
