"""Is everything accounted for? Compares what was posted, the audit trail and the rooms; names what does not add up."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alerthub.sandbox import Message, Sandbox
from tests.journeys.stack import Stack
from tests.journeys.tale import REST, ROOM_OF, Post, name_of
from tests.journeys.trail import Delivery, Notification

# At the end of the headline, which is the first line.
_ID = re.compile(r"D-(\d+)\)?$", re.MULTILINE)
_MARK = re.compile(r"Mark\d+x\d+x[a-z]+x")
REPEAT = "possible duplicate"


@dataclass(frozen=True, slots=True)
class Books:
    """Everything there is to compare, read once."""

    posts: Sequence[Post]
    notifications: dict[int, Notification]
    positions: dict[int, set[int]]
    outcomes: dict[int, set[str]]
    """What became of the alerts of each notification."""
    alert_counts: dict[int, int]
    deliveries: dict[int, Delivery]
    places: dict[int, tuple[Any, ...]]
    owed_for: dict[tuple[int, str], list[Delivery]]
    copies: dict[int, list[Message]]
    calls: Counter[int]
    in_rooms: list[Message]

    @property
    def attempts(self) -> Counter[tuple[str, str]]:
        return Counter((one.outcome, one.reason) for delivery in self.deliveries.values() for one in delivery.attempts)

    @property
    def states(self) -> Counter[str]:
        return Counter(f"{delivery.kind} {delivery.state}" for delivery in self.deliveries.values())

    def carriers(self, delivery: Delivery) -> list[Delivery]:
        """What tells of it: itself, and while that was merged, the resolved message or the digest that carries it."""
        told_by = [delivery]
        while (last := told_by[-1]).state == "merged" and last.carried_by and len(told_by) < 10:
            told_by.append(self.deliveries[last.carried_by])
        return told_by

    def appeared(self, delivery: Delivery) -> int:
        """The place in its room at which it was told first, by itself or by what carries it; 0: nowhere."""
        told = [self.copies[one.id][0].seq for one in self.carriers(delivery) if self.copies.get(one.id)]
        return min(told, default=0)

    def fate(self, number: int) -> str:
        """How one delivery got into its room, for a person who looks for what went wrong."""
        one, shown = self.deliveries[number], [message.seq for message in self.copies.get(number, ())]
        ended = f"{one.kind} {one.status} {one.state}" + (f" by D-{one.carried_by}" if one.carried_by else "")
        return f"D-{number} ({ended}, tried {one.reasons}, place {self.places[number][1]}, shown as {shown})"


def read(stack: Stack, posts: Sequence[Post]) -> Books:
    trail, positions, copies, owed_for = stack.trail, defaultdict(set), defaultdict(list), defaultdict(list)
    outcomes: dict[int, set[str]] = defaultdict(set)
    for notification, position, outcome in trail.rows(
        "SELECT notification_id, position, outcome FROM deliveries_occurrence"
        " WHERE outcome <> '' AND (delivery_id IS NOT NULL OR outcome <> 'owed')"
    ):
        positions[notification].add(position)
        outcomes[notification].add(outcome)
    messages = stack.sandbox.messages()
    for message in messages:
        copies[delivery_of(message.text)].append(message)
    deliveries = {one.id: one for one in trail.deliveries()}
    for one in deliveries.values():
        owed_for[one.notification, ROOM_OF.get(one.target, "")].append(one)
    return Books(
        posts=posts,
        notifications={one.id: one for one in trail.notifications()},
        positions=positions,
        outcomes=outcomes,
        alert_counts=dict(trail.rows("SELECT id, alert_count FROM deliveries_notification")),
        deliveries=deliveries,
        places={
            delivery: tuple(place)
            for delivery, *place in trail.rows(
                "SELECT id, conversation_id, seq, attempt_count, target_id FROM deliveries_delivery"
            )
        },
        owed_for=owed_for,
        copies=copies,
        calls=_calls(stack.sandbox),
        in_rooms=messages,
    )


def delivery_of(text: str) -> int:
    found = _ID.search(text)
    return int(found.group(1)) if found else 0


def _calls(sandbox: Sandbox) -> Counter[int]:
    roads = [sandbox.rest, *(sandbox.default_hook(severity) for severity in ROOM_OF)]
    bodies = [json.loads(call.body) for road in roads for call in sandbox.requests(road) if call.body]
    return Counter(delivery_of(body.get("text") or body.get("message", {}).get("msg", "")) for body in bodies)


def wrong(books: Books) -> list[str]:
    """What does not add up, a line each; empty if every promise was kept."""
    return [
        *_not_accepted(books),
        *_unaccounted(books),
        *_badly_ended(books),
        *_badly_tried(books),
        *_unexplained(books),
        *_overtaken(books),
        *_told_twice(books),
        *_not_to_read(books),
    ]


def figures(books: Books) -> str:
    """What a reader of many storms compares, in one line."""
    copies = {number: books.copies.get(number, []) for number in books.deliveries}
    accepted = [post.notification for post in books.posts if post.notification is not None]
    lost = sum(number not in books.notifications for number in accepted) + sum(1 for _ in _unaccounted(books))
    lost += sum(not books.appeared(delivery) for delivery in books.deliveries.values())
    marked = sum(REPEAT in copy.text for same in copies.values() for copy in same[1:])
    through_rest = sum(len(copies[number][1:]) for number, one in books.deliveries.items() if one.target == REST)
    reordered = sum(1 for _ in _overtaken(books))
    return f"{len(accepted)} accepted, {lost} lost, {reordered} reordered, {marked} duplicates marked, {through_rest} duplicates through REST"


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
        if delivery.kind == "probe" and delivery.state == "cancelled":
            continue  # another message showed first what it was to show
        carrier, outcomes = books.carriers(delivery)[-1], [attempt.outcome for attempt in delivery.attempts]
        if delivery.is_open:
            yield f"D-{number} is still open, {delivery.state}: {delivery.reasons}"
        if carrier.state != "delivered":
            yield f"D-{number} is {delivery.state}, told by D-{carrier.id}, {carrier.state}: {carrier.reasons}"
        elif carrier is not delivery and "delivered" in outcomes:
            yield f"D-{number} is merged and was delivered by itself: {outcomes}"
        elif carrier is delivery and (outcomes.count("delivered") != 1 or outcomes[-1] != "delivered"):
            yield f"D-{number} is delivered by these attempts: {outcomes}"


def _badly_tried(books: Books) -> Iterator[str]:
    for number, delivery in books.deliveries.items():
        attempts, outcomes = delivery.attempts, [attempt.outcome for attempt in delivery.attempts]
        if "" in outcomes:
            yield f"D-{number} has an open attempt: {outcomes}"
        if [attempt.number for attempt in attempts] != list(range(1, books.places[number][2] + 1)):
            yield f"D-{number} counts {books.places[number][2]} attempts and has {len(attempts)}"
        if outcomes.count("unknown") != delivery.unknown_count:
            yield f"D-{number} counts {delivery.unknown_count} unknown outcomes: {outcomes}"
        if books.calls[number] > len(attempts):
            yield f"D-{number} was posted {books.calls[number]} times with {len(attempts)} attempts"


def _unexplained(books: Books) -> Iterator[str]:
    """Messages that nobody owed, that are missing, or that are there more often than the trail can say."""
    for number, delivery in books.deliveries.items():
        copies, is_carried = books.copies.get(number, []), delivery.state == "merged"
        if not books.appeared(delivery) and not (delivery.kind == "probe" and delivery.state == "cancelled"):
            yield f"D-{number} is {delivery.state} and in no room"
        if len(copies) > delivery.unknown_count + (not is_carried):
            yield f"D-{number} is in the room {len(copies)} times: {delivery.reasons}"
        if any(REPEAT not in copy.text for copy in copies[1:]):
            yield f"D-{number} was repeated without saying so: {[copy.text for copy in copies]}"
        if any(copy.room != ROOM_OF[delivery.target] for copy in copies):
            yield f"D-{number} to {delivery.target} is in {[copy.room for copy in copies]}"
        if delivery.target == REST and (len(copies) > 1 or any(REPEAT in copy.text for copy in copies)):
            yield f"D-{number} was told twice, or as a repeat, through REST: {[copy.text for copy in copies]}"
    for number in books.copies.keys() - books.deliveries.keys():
        yield f"the rooms show D-{number}, which is not in the database"


def _overtaken(books: Books) -> Iterator[str]:
    """In each conversation and room, messages appear first in the order of their places."""
    lanes: dict[tuple[Any, Any], list[tuple[int, int, int]]] = defaultdict(list)
    for number, (conversation, place, _, target) in books.places.items():
        appeared = books.appeared(books.deliveries[number])
        if appeared and conversation is not None:
            lanes[conversation, target].append((appeared, place, number))
    for (conversation, target), shown in lanes.items():
        numbers = [(place, number) for _, place, number in sorted(shown)]
        if numbers != sorted(numbers):
            carriers = dict.fromkeys(
                one.id for _, number in numbers for one in books.carriers(books.deliveries[number])
            )
            order = ", ".join(f"D-{number}" for _, number in numbers)
            known = "; ".join(books.fate(number) for number in carriers)
            yield f"conversation {conversation} appeared in the room of target {target} as {order}: {known}"


def _told_twice(books: Books) -> Iterator[str]:
    """From outside, without trusting the trail: one state of one group is told to a room by one delivery."""
    told_by: dict[tuple[str, str], set[int]] = defaultdict(set)
    for message in books.in_rooms:
        for mark in _MARK.findall(message.payload.decode()):
            told_by[message.room, mark].add(delivery_of(message.text))
    for (room, mark), numbers in told_by.items():
        if len(numbers) > 1:
            yield f"{mark} was told in {room} by {[f'D-{number}' for number in sorted(numbers)]}"


def _not_to_read(books: Books) -> Iterator[str]:
    """What a peer told can be read in its rooms, in its order: word for word, or by its name where it was merged."""
    last: dict[tuple[str, str, int], tuple[int, str]] = {}
    shown: dict[tuple[str, str], int] = {}
    for message in books.in_rooms:
        for mark in _MARK.findall(message.payload.decode()):
            shown.setdefault((message.room, mark), message.seq)
    # What one peer told while its copy of the other came late, or was a duplicate.
    told_by: dict[str, set[int]] = defaultdict(set)
    for post in books.posts:
        if kept := books.notifications.get(post.notification or 0):
            told_by[post.mark].add(kept.duplicate_of or kept.id)
    for post in books.posts:
        for room in post.rooms:
            seen = shown.get((room, post.mark)) or _named(books, told_by[post.mark], post.group, room)
            if not seen:
                yield f"{post.mark} ({_became(books, post, room)}) cannot be read in {room}"
                continue
            before, mark = last.get((room, post.peer, post.group), (0, ""))
            if seen < before:
                yield f"{post.mark} appeared before {mark} in {room}"
            last[room, post.peer, post.group] = max((seen, post.mark), (before, mark))


def _became(books: Books, post: Post, room: str) -> str:
    """What was made of a post, for a person who looks for what went wrong."""
    kept = books.notifications.get(post.notification or 0)
    if kept is None:
        return f"N-{post.notification}"
    of = f" of N-{kept.duplicate_of}" if kept.duplicate_of else ""
    owed = "; ".join(books.fate(one.id) for one in books.owed_for.get((kept.duplicate_of or kept.id, room), ()))
    why = ", ".join(sorted(books.outcomes[kept.id]))
    return f"N-{kept.id}, {kept.state}{of}, {why}, owed there: {owed or 'nothing'}"


def _named(books: Books, told_by: Iterable[int], group: int, room: str) -> int:
    """Where what these notifications told is first named by its group, in place of word for word; 0: nowhere.

    So do digests, resolved messages with their firing, and the short plain text of what was refused in full.
    """
    owed = [one for number in told_by for one in books.owed_for.get((number, room), ())]
    carried = [carrier for one in owed for carrier in books.carriers(one)[1:]]
    messages = [message for one in carried for message in books.copies.get(one.id, ())]
    messages += [message for one in owed for message in books.copies.get(one.id, ()) if not message.attachments]
    return min((message.seq for message in messages if name_of(group) in message.payload.decode()), default=0)
