"""What can become of one try to send a message: the closed words of it, for code, trail and people.

What to do next about an outcome is decided in `retry`; how an HTTP answer becomes one, in `answers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DEFAULT_WAIT = 60.0
"""Seconds to wait when a server says "too many" without saying how long."""
SHORTEST_WAIT = 1.0
LONGEST_WAIT = 900.0


class Kind(StrEnum):
    """How a try ended. Only after UNKNOWN may a repeat show the same message twice."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Kind:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    DELIVERED = "delivered", "Delivered"
    NOT_SENT = "not_sent", "Not sent"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Unknown"


class Reason(StrEnum):
    """Why a try did not deliver: `label` are a few words for a table, `advice` is what to do about it."""

    label: str
    advice: str

    def __new__(cls, value: str, label: str = "", advice: str = "") -> Reason:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.advice = advice
        return member

    # Before a byte of the message left.
    DNS = (
        "dns",
        "Host name not found",
        "Check the host name in the target's webhook address and the name server AlertHub's workers use.",
    )
    CONNECT = (
        "connect",
        "Cannot connect",
        "Check that Rocket.Chat is up and that AlertHub's workers can reach its host and port.",
    )
    TLS = (
        "tls",
        "TLS failed",
        "Renew or correct the server's certificate, or give the target the CA file that signed it.",
    )
    BLOCKED = (
        "blocked",
        "Address not allowed",
        "The host name leads to an address AlertHub must not call: correct the webhook address, or for a private "
        "network add the host to ALERTHUB_ALLOWED_TARGET_HOSTS.",
    )
    BAD_URL = (
        "bad_url",
        "Unusable webhook address",
        "Copy the webhook URL from the integration in Rocket.Chat into the target again.",
    )
    KEY_MISSING = (
        "key_missing",
        "Webhook address unreadable",
        "The address cannot be decrypted with ALERTHUB_ENCRYPTION_KEYS: put the old key back behind the new one, "
        "or enter the webhook address again.",
    )
    PROXY = (
        "proxy",
        "A proxy wants a login",
        "AlertHub calls Rocket.Chat directly: let its workers out without the proxy.",
    )
    PUT_BACK = (
        "put_back",
        "Put back unsent",
        "Nothing to do: it waits behind a message that failed, or for the next batch.",
    )
    # Rocket.Chat, or something before it, said no.
    REDIRECT = (
        "redirect",
        "Redirected",
        "Enter the address it redirects to in the target; redirects are not followed because they lose the message.",
    )
    UNAUTHORIZED = (
        "unauthorized",
        "Not authorized",
        "Check in Rocket.Chat that the user the integration posts as still exists and is active.",
    )
    FORBIDDEN = (
        "forbidden",
        "Forbidden",
        "Check in Rocket.Chat the permissions of the user the integration posts as, and any proxy or firewall before it.",
    )
    NOT_FOUND = (
        "not_found",
        "Webhook not found",
        "The integration was deleted or its token changed: copy its webhook URL into the target again.",
    )
    GONE = (
        "gone",
        "Webhook gone for good",
        "The server says this webhook will not come back: make a new integration and enter its URL in the target.",
    )
    BAD_ROOM = (
        "bad_room",
        "Room does not take it",
        "Check in Rocket.Chat that the room exists, is neither archived nor read-only, that the integration's user "
        "may post in it, and that the integration lets AlertHub choose the room if the target names one.",
    )
    SCRIPT = (
        "script",
        "Integration script failed",
        "Look at the script of the incoming integration in Rocket.Chat, or switch it off: AlertHub needs none.",
    )
    DISABLED = (
        "disabled",
        "Integration disabled",
        "Enable the incoming integration in Rocket.Chat.",
    )
    RATE_LIMITED = (
        "rate_limited",
        "Too many messages",
        "Nothing to do, it is sent after the wait. If it happens often, lower the target's rate limit or raise "
        "Rocket.Chat's.",
    )
    BAD_MESSAGE = (
        "bad_message",
        "Message refused",
        "Rocket.Chat does not take this message even as plain text: read its answer, correct the alert's texts "
        "or links, and send it again.",
    )
    TOO_LARGE = (
        "too_large",
        "Message too large",
        "Lower the target's text limit, or raise the size limit of Rocket.Chat or of the proxy before it.",
    )
    MENTION = (
        "mention",
        "Mention not allowed",
        "Give the integration's user the permissions mention-all and mention-here, or take @all and @here out.",
    )
    SUCCESS_FALSE = (
        "success_false",
        "Rocket.Chat said no",
        "Read Rocket.Chat's answer in the attempt: it names the cause.",
    )
    PARTIAL = (
        "partial",
        "Only some rooms got it",
        "The integration posts to several rooms and some refused. It is not repeated, as the others have it: "
        "use one integration for each room.",
    )
    # Nobody knows whether the message is in the room.
    TIMEOUT = (
        "timeout",
        "No answer in time",
        "Check Rocket.Chat's load and the network; if it is only slow, raise the target's timeout.",
    )
    RESET = (
        "reset",
        "Connection broken",
        "Check Rocket.Chat, and any proxy or firewall before it, for restarts and closed connections.",
    )
    TRUNCATED = (
        "truncated",
        "Answer cut short",
        "Check Rocket.Chat and any proxy before it: the answer ended early.",
    )
    NOT_ROCKETCHAT = (
        "not_rocketchat",
        "Not Rocket.Chat's answer",
        "Something else answered, for example a login page: check the webhook address and any proxy on the way.",
    )
    SERVER_ERROR = (
        "server_error",
        "Error in Rocket.Chat",
        "Look in Rocket.Chat's log. If this target never worked, check its webhook URL: newer versions answer a "
        "wrong token this way.",
    )
    GATEWAY = (
        "gateway",
        "Proxy cannot reach Rocket.Chat",
        "Check that Rocket.Chat runs behind its proxy.",
    )
    LEASE_EXPIRED = (
        "lease_expired",
        "Worker vanished while sending",
        "Nothing to do, it is sent again. If it happens often, look for killed or frozen workers.",
    )
    INTERNAL = (
        "internal",
        "Error in AlertHub",
        "Look in the worker's log and report it; AlertHub tries again meanwhile.",
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """One concluded try. `reason` is None exactly when it was delivered.

    `answer` (at most 4 KiB) and `error` (a sentence for people) hold no part of the webhook's path.
    """

    kind: Kind
    reason: Reason | None
    status: int | None
    answer: str
    error: str
    retry_after: float | None
    """Seconds the server asks us to wait, from 1 to 900; only with RATE_LIMITED."""
    started_at: datetime
    duration: float
    """Seconds."""
    message_id: str = ""
    rate_limit_remaining: int | None = None


_ABOUT_MESSAGE = frozenset(
    {Reason.BAD_MESSAGE, Reason.TOO_LARGE, Reason.MENTION, Reason.SUCCESS_FALSE, Reason.PARTIAL, Reason.INTERNAL}
)


def is_about_message(outcome: Outcome) -> bool:
    """True if another message to the same room may well pass: the target itself works."""
    return outcome.reason in _ABOUT_MESSAGE


def clamp_wait(seconds: float) -> float:
    """A wait the server asked for, within what we believe: from 1 s to 15 min."""
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)
