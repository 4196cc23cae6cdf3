"""The steps at which a process may die, and what is true by then: for simulated kills and for real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deliveries import outbox
from deliveries.accept import ingest
from deliveries.outbox import health
from deliveries.rocketchat import answers
from deliveries.send import sender
from deliveries.wake import nudge
from deliveries.wire.dial import DeadlineSocket, current

Step = Callable[..., Any]
Die = Callable[[], object]


def before(step: Step, die: Die) -> Step:
    def killed(*given: Any, **named: Any) -> Any:
        die()
        return step(*given, **named)

    return killed


def after(step: Step, die: Die) -> Step:
    def killed(*given: Any, **named: Any) -> Any:
        done = step(*given, **named)
        die()
        return done

    return killed


def after_the_body(step: Step, die: Die) -> Step:
    """The whole request is in the kernel's hands."""

    def killed(sock: DeadlineSocket, *given: Any, **named: Any) -> None:
        step(sock, *given, **named)
        if current().is_body:
            die()

    return killed


@dataclass(frozen=True)
class Point:
    """Where the worker dies: before or after a step; by then the message is in the room, and recorded, or not."""

    place: Any
    step: str
    how: Callable[[Step, Die], Step]
    posted: bool
    recorded: bool = False

    def armed(self, die: Die) -> Step:
        """The step as it is for a worker that dies at this point."""
        return self.how(getattr(self.place, self.step), die)


POINTS = {
    "before the claim is committed": Point(outbox.claiming, "_lease", after, posted=False),
    "after the claim": Point(sender, "_send_claim", before, posted=False),
    "before it is rendered": Point(sender, "_message", before, posted=False),
    "after it is rendered": Point(sender, "_message", after, posted=False),
    "before the request is written": Point(DeadlineSocket, "sendall", before, posted=False),
    "after the request is written": Point(DeadlineSocket, "sendall", after_the_body, posted=True),
    "after the answer came": Point(answers, "judge", before, posted=True),
    "after the answer was understood": Point(answers, "judge", after, posted=True),
    "before it is recorded": Point(outbox, "record", before, posted=True),
    "before the record is committed": Point(health, "after_claim", after, posted=True),
    "after the record is committed": Point(outbox, "record", after, posted=True, recorded=True),
}
NEVER_CLAIMED = "before the claim is committed"
# Claimed, not recorded: nobody can know whether the room has the message.
DEAD = [name for name, point in POINTS.items() if not point.recorded and name != NEVER_CLAIMED]

WEB_POINTS = {
    "before the notification is committed": Point(ingest, "_owe", after, posted=False),
    "after the notification is committed": Point(nudge, "targets", before, posted=False, recorded=True),
}
EVERY_POINT = POINTS | WEB_POINTS
