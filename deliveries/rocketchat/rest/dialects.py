"""How the calls of the REST API mean their answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deliveries.reasons import Reason
from deliveries.rocketchat import answers, bodies
from deliveries.rocketchat.answers import Answer, Dialect
from deliveries.rocketchat.outcomes import Ending


def _took(answer: dict[str, Any]) -> Answer:
    return Answer(Ending.DELIVERED, None, message_id=bodies.message_id(answer))


SENDING = Dialect(
    doubt=answers.HOOK.doubt,
    accept=_took,
    unavailable=(Reason.SERVER_ERROR, "Rocket.Chat says that it is not available now (503)."),
    refusals=(
        ("error-unauthorized", Reason.FORBIDDEN),
        ("restricted-workspace", Reason.FORBIDDEN),
        *answers.REFUSALS,
        ("not-allowed", Reason.FORBIDDEN),
        ("not allowed", Reason.FORBIDDEN),
    ),
)
"""chat.sendMessage."""

REPLYING = replace(
    SENDING,
    foremost=(
        # An encrypted room is answered with error-not-allowed as well, and threads are not to blame.
        ("encrypted room", Reason.BAD_ROOM),
        ("error-not-allowed", Reason.CANNOT_UPDATE),
        ("tmid", Reason.CANNOT_UPDATE),
        ("thread", Reason.CANNOT_UPDATE),
        ("parent", Reason.CANNOT_UPDATE),
    ),
)
"""chat.sendMessage into a thread: a refusal may be about the thread alone."""

EDITING = replace(
    SENDING,
    doubt="The message may or may not be changed.",
    foremost=(
        ("error-message-editing-blocked", Reason.CANNOT_UPDATE),
        ("error-action-not-allowed", Reason.CANNOT_UPDATE),
        ("no message found with the id", Reason.CANNOT_UPDATE),
        ("does not match where the message is from", Reason.CANNOT_UPDATE),
    ),
    # It may be the edit: as a message of its own it shows.
    unlisted=Reason.CANNOT_UPDATE,
)
"""chat.update."""

ASKING = replace(SENDING, doubt="", unlisted=Reason.LOOK_UP)
"""Calls that post nothing."""
