"""Why a try did not deliver, and why a delivery is as it is: one closed set, with what to do about each. Pure."""

from __future__ import annotations

from deliveries.labelled import Labelled


class Reason(Labelled):
    """`label` are a few words for a table; `advice` is what to do about it, empty where there is nothing to mend."""

    # Before a byte of the message left.
    DNS = (
        "dns",
        "Host name not found",
        "Check the host name in the address of the target or its server, and the name server AlertHub's workers use.",
    )
    CONNECT = (
        "connect",
        "Cannot connect",
        "Check that Rocket.Chat is up and that AlertHub's workers can reach its host and port.",
    )
    TLS = (
        "tls",
        "TLS failed",
        "Renew or correct Rocket.Chat's certificate, or name the CA file that signed it in the target or its server.",
    )
    BLOCKED = (
        "blocked",
        "Address not allowed",
        "The host name leads to an address AlertHub must not call: correct the address of the target or its server, or "
        "for a private network add the host to ALERTHUB_ALLOWED_TARGET_HOSTS.",
    )
    BAD_URL = (
        "bad_url",
        "Unusable address",
        "Copy the webhook URL from the integration in Rocket.Chat into the target again, or correct the server's address.",
    )
    KEY_MISSING = (
        "key_missing",
        "Webhook address unreadable",
        "The webhook address, or the server's access token, cannot be decrypted with ALERTHUB_ENCRYPTION_KEYS: put the "
        "old key back behind the new one, or enter it again.",
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
        "Enter the address it redirects to in the target or its server; redirects are not followed because they lose the "
        "message.",
    )
    UNAUTHORIZED = (
        "unauthorized",
        "Not authorized",
        "Check in Rocket.Chat that the user the integration posts as still exists and is active. For a server: make the "
        "bot a new personal access token, and enter it with the user id.",
    )
    FORBIDDEN = (
        "forbidden",
        "Forbidden",
        "Check in Rocket.Chat the permissions of the user AlertHub posts as, and any proxy or firewall before it. For an "
        "alias or avatar it needs message-impersonate, which the role bot has.",
    )
    NOT_FOUND = (
        "not_found",
        "Webhook not found",
        "The integration was deleted or its token changed: copy its webhook URL into the target again. For a server: "
        "correct its address.",
    )
    GONE = (
        "gone",
        "Webhook gone for good",
        "The server says this webhook will not come back: make a new integration and enter its URL in the target.",
    )
    BAD_ROOM = (
        "bad_room",
        "Room does not take it",
        "Check in Rocket.Chat that the room exists, is neither archived, read-only nor encrypted, that the user AlertHub "
        "posts as may post in it, and that an integration lets AlertHub choose the room if the target names one.",
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
        "Nothing to do, it is sent after the wait. If it happens often, lower the rate limit of the target or its server, "
        "raise Rocket.Chat's, or give the server's account the role bot, which has none.",
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
        "Give the user AlertHub posts as the permissions mention-all and mention-here, or take @all and @here out.",
    )
    SUCCESS_FALSE = (
        "success_false",
        "Rocket.Chat said no",
        "Read Rocket.Chat's answer: it names the cause. If it takes no message at all, mend what it names, for example the "
        "bot's account; if it refused this one only, correct the alert's texts or links, and send it again.",
    )
    LOOK_UP = (
        "look_up",
        "Room look-up refused",
        "Rocket.Chat refused to tell what AlertHub asks before it posts, such as the room's id. Read its answer, which names "
        "the cause, and mend that, for example the bot's account.",
    )
    PARTIAL = (
        "partial",
        "Only some rooms got it",
        "The integration posts to several rooms and some refused. It is not repeated, as the others have it: "
        "use one integration for each room.",
    )
    CANNOT_UPDATE = (
        "cannot_update",
        "Edit or thread refused",
        "Nothing to do, it is sent as a message of its own. To have threads or edits again, look whether Rocket.Chat "
        "has threads switched on and lets the bot edit its messages at any age.",
    )
    ID_TAKEN = (
        "id_taken",
        "Message id taken",
        "Nothing to do, it is sent under a new id and marked as a possible duplicate. If it happens more than once, look "
        "whether a second copy of AlertHub runs on a copy of this database.",
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
        "Something else answered, for example a login page: check the address and any proxy on the way.",
    )
    SERVER_ERROR = (
        "server_error",
        "Error in Rocket.Chat",
        "Look in Rocket.Chat's log. If this target never worked, check its webhook URL: newer versions answer a wrong "
        "token this way.",
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
    # Of a delivery, whatever its tries met.
    TOO_LATE = "too_late", "Waited too long"
    IN_DIGEST = "in_digest", "Merged into a digest"
    WITH_RESOLVED = "with_resolved", "Told together with its resolved"
    NOT_NEEDED = "not_needed", "Not needed any more"
    GIVEN_UP = "given_up", "Given up"
    TARGET_DELETED = "target_deleted", "Target deleted"
    TARGET_DISABLED = "target_disabled", "Target disabled", "Enable the target."
    TARGET_BROKEN = "target_broken", "Target does not take messages", "The target's page says what to mend."
    POISON = (
        "poison",
        "Every worker sending it vanished",
        "Look for workers that were killed at the times of its attempts.",
    )
    # Of a lane whose target an admin switched off; Rocket.Chat's own "disabled" is another word.
    DISABLED_HERE = "disabled_here", "Target disabled", "Enable the target."


OF_DELIVERIES = (
    Reason.TOO_LATE,
    Reason.IN_DIGEST,
    Reason.WITH_RESOLVED,
    Reason.NOT_NEEDED,
    Reason.GIVEN_UP,
    Reason.TARGET_DELETED,
    Reason.TARGET_DISABLED,
    Reason.TARGET_BROKEN,
    Reason.POISON,
)
"""What a delivery's reason can be besides that of its last try."""
OF_TRIES = tuple(reason for reason in Reason if reason not in (*OF_DELIVERIES, Reason.DISABLED_HERE))
"""What a try can meet."""


def label(word: str) -> str:
    """A few words for a stored reason; the word itself if it is of a version that is gone."""
    return Reason(word).label if word in _WORDS else word.replace("_", " ").capitalize()


def advice(word: str) -> str:
    """What to do about a stored reason; empty if there is nothing to mend, or nothing known of it."""
    return Reason(word).advice if word in _WORDS else ""


_WORDS = frozenset(Reason)
