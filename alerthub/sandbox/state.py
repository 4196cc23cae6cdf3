"""What the sandbox holds in memory: rooms, hooks, messages and the journal of requests. Safe to use from many threads."""

from __future__ import annotations

import hashlib
import secrets
import string
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .eras import Eras
from .faults import Endpoint
from .limits import Limiter, Rate
from .rooms import Message, Room
from .users import BOT, User

KEEP = 20_000
_ALPHABET = string.ascii_letters + string.digits


def new_id(length: int = 17) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def isoformat(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, eq=False)
class Hook(Endpoint):
    """One incoming integration. `rate` None = the server's limit; `script` = none, echo, throw or returns-nothing."""

    id: str = ""
    token: str = field(default="", repr=False)
    name: str = ""
    channels: tuple[str, ...] = ()
    base: Callable[[], str] = field(default=str, repr=False)
    enabled: bool = True
    user: User | None = BOT
    override: bool = False
    script: str = "none"
    alias: str = ""
    emoji: str = ""
    avatar: str = ""
    rate: Rate | None = None

    @property
    def url(self) -> str:
        return f"{self.base()}/hooks/{self.id}/{self.token}"


class State:
    """Everything, behind one lock. `changed` is notified whenever a message is stored or edited."""

    def __init__(self, *, rate: Rate, eras: Eras, clock: Callable[[], float], keep: int) -> None:
        self.rate, self.eras, self.clock, self.keep = rate, eras, clock, keep
        self.limiter = Limiter()
        self.changed = threading.Condition(threading.RLock())
        self.rooms: dict[str, Room] = {}
        self.hooks: dict[str, Hook] = {}
        self.rest = Endpoint(keep)
        self.strays = Endpoint(keep)  # requests to no hook we know
        self.life = new_id(8)  # a page that sees another value starts afresh
        self._change = 0
        self._by_id: dict[str, Message] = {}
        self._taken: dict[str, None] = {}  # ids that clients gave, the oldest first

    def room(self, name: str) -> Room:
        """The room of this name, made when it does not exist."""
        with self.changed:
            if name not in self.rooms:
                self.rooms[name] = Room(name, hashlib.sha256(name.encode()).hexdigest()[:17])
            return self.rooms[name]

    def find_room(self, given: Any) -> Room | None:
        """`#name`, `#id`, `@user`, or bare name or id, as an override or the REST API may give it."""
        if not isinstance(given, str):
            return None
        bare = given[1:] if given[:1] in "#@" else given
        for room in list(self.rooms.values()):
            if given == room.name or bare == room.id or (given == bare and room.name == f"#{bare}"):
                return room
        return None

    def find_hook(self, hook_id: str, token: str) -> Hook | None:
        hook = self.hooks.get(hook_id)
        return hook if hook and secrets.compare_digest(hook.token.encode(), token.encode()) else None

    def add_hook(self, hook: Hook) -> Hook:
        for name in hook.channels:
            self.room(name)
        with self.changed:
            self.hooks[hook.id] = hook
        return hook

    def store(self, drafts: Iterable[tuple[Room, dict[str, Any]]], payload: bytes, sent_by: str) -> None:
        now = self.clock()
        with self.changed:
            for room, document in drafts:
                if document["_id"] in self._by_id:
                    continue  # MongoDB takes an id once, whoever was faster
                self._change += 1
                message = Message(room.name, document, payload, sent_by, now, self._change, self._change)
                self._by_id[message.id] = message
                for old in room.add(message, self.keep):
                    self._by_id.pop(old.id, None)
            self.changed.notify_all()

    def take(self, message_id: str) -> bool:
        """Whether a new message may have this id: of two that come at once only one may, and what is too old to be kept
        here still has its own."""
        with self.changed:
            is_free = message_id not in self._taken and message_id not in self._by_id
            self._taken[message_id] = None
            while len(self._taken) > 10 * self.keep:
                del self._taken[next(iter(self._taken))]
            return is_free

    def find_message(self, message_id: str) -> Message | None:
        return self._by_id.get(message_id)

    def edit(self, message: Message, change: Mapping[str, Any]) -> None:
        with self.changed:
            self._change += 1
            message.document = {**message.document, **change, "_updatedAt": isoformat(self.clock())}
            message.change = self._change
            self.changed.notify_all()

    def delete(self, message_id: str) -> None:
        with self.changed:
            message = self._by_id.pop(message_id, None)
            self._taken.pop(message_id, None)
            if message is None:
                raise LookupError(f"no message {message_id!r}")
            self.rooms[message.room].remove(message)
            self.life = new_id(8)  # the page reads everything anew

    def messages(self, room: str = "", since: int = 0, limit: int = 0) -> list[Message]:
        """In the order they were stored; `since`: only what was stored or edited after that change number."""
        with self.changed:
            rooms = [self.rooms[room]] if room in self.rooms else [] if room else list(self.rooms.values())
            found = [m for each in rooms for m in list(each.messages)[-limit:] if m.change > since]
        return sorted(found, key=lambda message: message.seq)

    @property
    def last_change(self) -> int:
        return self._change

    def endpoints(self) -> list[Endpoint]:
        return [*self.hooks.values(), self.rest, self.strays]

    def reset(self) -> None:
        """Forget messages, journals, faults and counters. Rooms and hooks stay."""
        with self.changed:
            for room in self.rooms.values():
                room.messages.clear()
                room.total = room.size = 0
            for endpoint in self.endpoints():
                endpoint.reset()
            self.limiter.clear()
            self._by_id.clear()
            self._taken.clear()
            self.life = new_id(8)
            self.changed.notify_all()
