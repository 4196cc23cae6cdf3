"""What the trail's closed sets of words mean to people: states and reasons with their colours, flags, durations."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deliveries.models import Delivery, Notification, carried
from deliveries.rocketchat.outcomes import Ending
from routing.admin import marks

STATE_TONES = {
    Delivery.State.WAITING: "orange",
    Delivery.State.SENDING: "blue",
    Delivery.State.HELD: "orange",
    Delivery.State.DELIVERED: "green",
    Delivery.State.MERGED: "green",
    Delivery.State.REJECTED: "red",
    Delivery.State.EXPIRED: "red",
    Delivery.State.CANCELLED: "plain",
}
NOTIFICATION_TONES = {
    Notification.State.ROUTED: "green",
    Notification.State.DUPLICATE: "plain",
    Notification.State.UNREAD: "red",
}
KIND_TONES = {Ending.DELIVERED: "green", Ending.NOT_SENT: "orange", Ending.REFUSED: "red", Ending.UNKNOWN: "orange"}
_KINDS = {
    Delivery.Kind.TEST: "test",
    Delivery.Kind.DIGEST: "digest",
    Delivery.Kind.NOTICE: "notice",
    Delivery.Kind.EXPIRY: "expiry line",
    Delivery.Kind.PROBE: "probe",
}
_STATUS_TONES = {"firing": "red", "resolved": "green"}
_FLAGS = {
    "alerts_missing": "It had no list of alerts; it was read as one without alerts.",
    "alerts_skipped": "Some entries of its list were no alerts and were left out",
    "annotations_odd": "Annotations were not as they should be; what could be read was kept.",
    "ends_at_odd": "An endsAt could not be read as a time.",
    "ends_before_start": "An alert ended before it started.",
    "fingerprint_computed": "Alerts had no fingerprint; it was computed from their labels.",
    "grafana": "It comes from Grafana, not from Alertmanager.",
    "group_key_computed": "It had no group key; it was computed from the group labels.",
    "invalid_utf8": "The text was not valid UTF-8; broken characters were replaced.",
    "labels_cut": "An alert had too many labels; the rest was left out.",
    "labels_odd": "Labels were not as they should be; what could be read was kept.",
    "name_truncated": "A label's name was too long and was cut.",
    "starts_at_odd": "A startsAt could not be read as a time.",
    "status_unknown": "A status was neither firing nor resolved; it was read as firing.",
    "text_repaired": "Characters that no database can keep were replaced.",
    "time_without_zone": "A time had no zone; it was read as UTC.",
    "truncated_alerts_odd": "The number of truncated alerts could not be read.",
    "value_coerced": "A label's value was no text and was turned into text.",
    "value_truncated": "A value was too long and was cut.",
    "version_unknown": "Its version is not 4; it was read as if it were.",
}


def state(delivery: Delivery) -> SafeString:
    """Of a merged one also how far that is which carries it, until the room was told."""
    stands = Delivery.State(carried.of(delivery))
    shown = delivery.said if stands == delivery.state else f"merged, {stands.said}"
    return marks.badge(shown, STATE_TONES[stands])


def kind(delivery: Delivery) -> SafeString | str:
    """What it is, unless it tells of alerts like most do."""
    kind = Delivery.Kind(delivery.kind)
    return marks.badge(_KINDS[kind], "plain", kind.label) if kind in _KINDS else ""


def notification_state(notification: Notification) -> SafeString:
    tone = NOTIFICATION_TONES.get(Notification.State(notification.state), "plain")
    return marks.badge(notification.get_state_display(), tone)


def status(word: str) -> SafeString | str:
    return marks.badge(word, _STATUS_TONES.get(word, "plain")) if word else marks.NOTHING


def flag(word: str) -> str:
    """A flag of a notification, such as "grafana" or "alerts_skipped:3", as a sentence."""
    name, _, number = word.partition(":")
    sentence = _FLAGS.get(name, name.replace("_", " ").capitalize())
    return f"{sentence}: {number}." if number else sentence


def duration(milliseconds: int | None) -> str:
    if milliseconds is None:
        return marks.NOTHING
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def link(row: Delivery | Notification | None) -> SafeString | str:
    """D-12 or N-7, leading to its page."""
    if row is None:
        return marks.NOTHING
    kind = "delivery" if isinstance(row, Delivery) else "notification"
    return format_html('<a href="{}">{}</a>', reverse(f"admin:deliveries_{kind}_change", args=[row.pk]), row)
