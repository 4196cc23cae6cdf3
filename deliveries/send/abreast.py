"""Several calls to one room side by side: a room that takes its time is asked for the next messages meanwhile.

What goes side by side belongs to different conversations, as a claim holds one message of each: no order is lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome

MOST = 4
# Seconds. A thread costs less than what is waited for a room that takes this long, and more than one that is quicker.
SLOW = 0.015

Post = Callable[[Client], Outcome]


def width(last: Outcome | None) -> int:
    """How many messages go next, after what came of the one before: several once a slow room took one."""
    is_slow = last is not None and last.kind is Ending.DELIVERED and last.duration >= SLOW
    return MOST if is_slow else 1


def post(posts: Sequence[Post], client: Client) -> list[Outcome]:
    """What came of each, in their order, once all have ended. The first is made in this thread, each other one in a
    thread of its own with a client of its own. Of the first ones only, if the system gives no more threads: the others were not made.

    Raises what a post raised, after all have ended.
    """
    ended: list[Outcome | BaseException | None] = [None] * len(posts)

    def make(place: int, caller: Client) -> None:
        try:
            ended[place] = posts[place](caller)
        except BaseException as error:
            ended[place] = error

    others = [
        threading.Thread(target=make, args=(place, caller), name=f"abreast-{place}", daemon=True)
        for place, caller in enumerate(client.others(len(posts) - 1), 1)
    ]
    started = _start(others)
    make(0, client)
    for thread in others[:started]:
        thread.join()
    for each in ended:
        if isinstance(each, BaseException):
            raise each
    return [each for each in ended if isinstance(each, Outcome)]


def _start(threads: Sequence[threading.Thread]) -> int:
    """How many of them the system took. If none more is to be had, the outcomes of those under way must not be lost."""
    for count, thread in enumerate(threads):
        try:
            thread.start()
        except RuntimeError:
            return count
    return len(threads)
