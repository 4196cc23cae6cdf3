"""Is everything accounted for? Compares what was posted, the audit trail and the rooms; names what does not add up."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alerthub.sandbox import Message, Sandbox
from tests.journeys.stack import Stack
from tests.journeys.tale import ROOM_OF, Post
from tests.journeys.trail import Delivery, Notification

_ID = re.compile(r"D-(\d+)\)?$")
_MARK = re.compile(r"Mark\d+x\d+x[a-z]+x")
REPEAT = "possible duplicate"


@dataclass(frozen=True, slots=True)
class Books:
    """Everything there is to compare, read once."""

    posts: Sequence[Post]
    notifications: dict[int, Notification]
    positions: dict[int, set[int]]
    alert_counts: dict[int, int]
    deliveries: dict[int, Delivery]
    places: dict[int, tuple[Any, ...]]
    copies: dict[int, list[Message]]
    calls: Counter[int]
    in_rooms: list[Message]

    @property
    def attempts(self) -> Counter[tuple[str, str]]:
        return Counter((one.outcome, one.reason) for delivery in self.deliveries.values() for one in delivery.attempts)


def read(stack: Stack, posts: Sequence[Post]) -> Books:
    trail, positions, copies = stack.trail, defaultdict(set), defaultdict(list)
    for notification, position in trail.rows(
        "SELECT notification_id, position FROM deliveries_occurrence"
        " WHERE outcome <> '' AND (delivery_id IS NOT NULL OR outcome <> 'owed')"
    ):
        positions[notification].add(position)
    messages = stack.sandbox.messages()
    for message in messages:
        copies[delivery_of(message.text)].append(message)
    return Books(
        posts=posts,
        notifications={one.id: one for one in trail.notifications()},
        positions=positions,
        alert_counts=dict(trail.rows("SELECT id, alert_count FROM deliveries_notification")),
        deliveries={one.id: one for one in trail.deliveries()},
        places={
            delivery: place
            for delivery, *place in trail.rows(
                "SELECT id, conversation_id, seq, attempt_count, target_id FROM deliveries_delivery"
            )
        },
        copies=copies,
        calls=_calls(stack.sandbox),
        in_rooms=messages,
    )


def delivery_of(text: str) -> int:
    found = _ID.search(text)
    return int(found.group(1)) if found else 0


def _calls(sandbox: Sandbox) -> Counter[int]:
    hooks = [sandbox.default_hook(severity) for severity in ROOM_OF]
    bodies = [call.body.decode() for hook in hooks for call in sandbox.requests(hook)]
    return Counter(int(found) for body in bodies for found in re.findall(r"D-(\d+)\)?\"", body))


def wrong(books: Books) -> list[str]:
    """What does not add up, a line each; empty if every promise was kept."""
    return [
        *_not_accepted(books),
        *_unaccounted(books),
        *_badly_ended(books),
        *_unexplained(books),
        *_overtaken(books),
        *_not_to_read(books),
    ]


def _not_accepted(books: Books) -> Iterator[str]:
    for post in books.posts:
        if post.notification is None:
            yield f"{post.mark} was never answered 2xx: {post.troubles[-5:]}"
            continue
        kept = books.notifications.get(post.notification)
        if kept is None:
            yield f"{post.mark} was answered 2xx as N-{post.notification}, which is not in the database"
        elif kept.body != post.body:
            yield f"N-{kept.id} does not hold the body of {post.mark} that was answered with it"


def _unaccounted(books: Books) -> Iterator[str]:
    for number, kept in books.notifications.items():
        if kept.state == "duplicate":
            first = books.notifications.get(kept.duplicate_of or 0)
            if first is None or first.state != "routed":
                yield f"N-{number} is a duplicate of N-{kept.duplicate_of}, which was not told"
        elif kept.state != "routed":
            yield f"N-{number} ended as {kept.state}"
        elif books.positions[number] != set(range(books.alert_counts[number])):
            yield f"N-{number} says what became of alerts {books.positions[number]} of {books.alert_counts[number]}"


def _badly_ended(books: Books) -> Iterator[str]:
    for number, delivery in books.deliveries.items():
        attempts, outcomes = delivery.attempts, [attempt.outcome for attempt in delivery.attempts]
        if delivery.state != "delivered":
            yield f"D-{number} is {delivery.state}: {delivery.reasons}"
        elif outcomes.count("delivered") != 1 or outcomes[-1] != "delivered":
            yield f"D-{number} is delivered by these attempts: {outcomes}"
        if "" in outcomes:
            yield f"D-{number} has an open attempt: {outcomes}"
        if [attempt.number for attempt in attempts] != list(range(1, books.places[number][2] + 1)):
            yield f"D-{number} counts {books.places[number][2]} attempts and has {len(attempts)}"
        if outcomes.count("unknown") != delivery.unknown_count:
            yield f"D-{number} counts {delivery.unknown_count} unknown outcomes: {outcomes}"


def _unexplained(books: Books) -> Iterator[str]:
    for number, delivery in books.deliveries.items():
        copies = books.copies[number]
        if not copies:
            yield f"D-{number} is {delivery.state} and in no room"
        if len(copies) - 1 > delivery.unknown_count:
            yield f"D-{number} is in the room {len(copies)} times: {delivery.reasons}"
        if any(REPEAT not in copy.text for copy in copies[1:]):
            yield f"D-{number} was repeated without saying so: {[copy.text for copy in copies]}"
        if any(copy.room != ROOM_OF[delivery.target] for copy in copies):
            yield f"D-{number} to {delivery.target} is in {[copy.room for copy in copies]}"
        if books.calls[number] > books.places[number][2]:
            yield f"D-{number} was posted {books.calls[number]} times with {books.places[number][2]} attempts"
    for number in books.copies.keys() - books.deliveries.keys():
        yield f"the rooms show D-{number}, which is not in the database"


def _overtaken(books: Books) -> Iterator[str]:
    """In each conversation and room, messages appear first in the order of their places."""
    lanes: dict[tuple[Any, Any], list[tuple[int, int, int]]] = defaultdict(list)
    for number, (conversation, place, _, target) in books.places.items():
        if books.copies[number]:
            lanes[conversation, target].append((books.copies[number][0].seq, place, number))
    for (conversation, target), shown in lanes.items():
        numbers = [(place, number) for _, place, number in sorted(shown)]
        if numbers != sorted(numbers):
            order = [f"D-{number}" for _, number in numbers]
            yield f"conversation {conversation} appeared in the room of target {target} as {order}"


def _not_to_read(books: Books) -> Iterator[str]:
    """The same from outside, without trusting the trail: what a peer told is in its rooms, in its order, by one delivery."""
    shown: dict[tuple[str, str], int] = {}
    told_by: dict[tuple[str, str], set[int]] = defaultdict(set)
    for message in books.in_rooms:
        for mark in _MARK.findall(message.payload.decode()):
            shown.setdefault((message.room, mark), message.seq)
            told_by[message.room, mark].add(delivery_of(message.text))
    for (room, mark), numbers in told_by.items():
        if len(numbers) > 1:
            yield f"{mark} was told in {room} by {[f'D-{number}' for number in sorted(numbers)]}"
    last: dict[tuple[str, str, int], tuple[int, str]] = {}
    for post in books.posts:
        for room in post.rooms:
            seen = shown.get((room, post.mark))
            if seen is None:
                yield f"{post.mark} (N-{post.notification}) cannot be read in {room}"
                continue
            before, mark = last.get((room, post.peer, post.group), (0, ""))
            if seen < before:
                yield f"{post.mark} appeared before {mark} in {room}"
            last[room, post.peer, post.group] = max((seen, post.mark), (before, mark))
