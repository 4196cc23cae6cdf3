"""Rooms and the messages in them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

# A second bound beside the count, so that few huge messages cannot fill the memory either.
KEEP_BYTES = 32 * 1024 * 1024


@dataclass(slots=True)
class Message:
    """One stored message: `document` as Rocket.Chat keeps it, `payload` the request body as it came."""

    room: str
    document: dict[str, Any]
    payload: bytes
    sent_by: str
    received_at: float
    seq: int = 0  # the order of storing
    change: int = 0  # the last storing or editing

    @property
    def id(self) -> str:
        return str(self.document["_id"])

    @property
    def text(self) -> str:
        return str(self.document["msg"])

    @property
    def attachments(self) -> list[dict[str, Any]]:
        return list(self.document["attachments"])

    @property
    def is_empty(self) -> bool:
        """Nothing to read: what Rocket.Chat posts with 200 for a body it did not understand."""
        return not self.text and not self.attachments

    def as_dict(self) -> dict[str, Any]:
        return {
            "room": self.room,
            "seq": self.seq,
            "change": self.change,
            "received_at": self.received_at,
            "sent_by": self.sent_by,
            "message": self.document,
            "payload": self.payload.decode("utf-8", "replace"),
        }


@dataclass(slots=True)
class Room:
    """`refusal`: the error everybody gets here who posts, such as error-not-allowed; empty = may post."""

    name: str
    id: str
    refusal: str = ""
    archived: bool = False
    read_only: bool = False
    encrypted: bool = False
    private: bool = False
    muted: tuple[str, ...] = ()  # usernames; in a read-only room `unmuted` may post all the same
    unmuted: tuple[str, ...] = ()
    total: int = 0
    size: int = 0
    messages: deque[Message] = field(default_factory=deque, repr=False)

    @property
    def kind(self) -> str:
        return "d" if self.name.startswith("@") else "p" if self.private else "c"

    def obstacle(self, username: str) -> str:
        """Rocket.Chat's words to this user who wants to post; "" if nothing is in the way."""
        if self.refusal:
            return self.refusal
        if self.archived:
            return "error-room-archived"
        if self.read_only and username not in self.unmuted:
            return "You can't send messages because the room is readonly."
        return "You_have_been_muted" if username in self.muted else ""

    def facts(self) -> dict[str, Any]:
        """As rooms.info shows it."""
        bare = self.name[1:]
        facts: dict[str, Any] = {"_id": self.id, "name": bare, "fname": bare, "t": self.kind, "usersCount": 2}
        facts |= {"msgs": self.total, "ro": self.read_only, "encrypted": self.encrypted}
        facts |= {name: list(given) for name in ("muted", "unmuted") if (given := getattr(self, name))}
        return facts | ({"archived": True} if self.archived else {})

    def remove(self, message: Message) -> None:
        self.messages.remove(message)
        self.total -= 1
        self.size -= len(message.payload)

    def add(self, message: Message, keep: int) -> list[Message]:
        """Store it and return what had to go for it, oldest first."""
        self.messages.append(message)
        self.total += 1
        self.size += len(message.payload)
        gone = []
        while len(self.messages) > keep or (self.size > KEEP_BYTES and len(self.messages) > 1):
            gone.append(self.messages.popleft())
            self.size -= len(gone[-1].payload)
        return gone
