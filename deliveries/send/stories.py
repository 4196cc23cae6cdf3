"""From rows to what a message tells: the alerts of a delivery as they came, a digest's, a line of AlertHub's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Min, Q

from deliveries import alertmanager, database, messages, pages, rendering, templating
from deliveries.alertmanager import IncomingAlert, Payload
from deliveries.messages import Digest, Look, Story, Told
from deliveries.models import Delivery
from routing import rulebook
from routing.models import Target
from routing.rulebook import Wording, Wordings
from routing.rules.severity import severity_of

# A larger body is read again for each target: memory is worth more.
_LARGEST_REMEMBERED = 64 * 1024
_BODIES_AT_ONCE = 50
_REPEATS_NAMED = 20

Fired = Mapping[int, list[Delivery]]
"""resolved delivery -> the late firings that it tells too."""


def body_of(
    delivery: Delivery,
    target: Target | None,
    now: datetime,
    fired: Fired | None = None,
    wordings: Wordings | None = None,
    faults: list[str] | None = None,
) -> dict[str, Any]:
    """The message as an incoming webhook takes it. What cannot be rendered in full goes out as plain text.

    `wordings` are the templates in use; one that fails leaves its reason in `faults`, and AlertHub's own words go out.
    """
    look = look_of(target) if target is not None else Look()
    match delivery.kind:
        case Delivery.Kind.DIGEST:
            digest = digest_of(delivery, target, now)
            return (
                messages.render_digest_plain(digest, look) if delivery.plain else messages.render_digest(digest, look)
            )
        case Delivery.Kind.NOTICE | Delivery.Kind.EXPIRY | Delivery.Kind.PROBE:
            text = expired_line(delivery, now) if delivery.kind == Delivery.Kind.EXPIRY else delivery.note
            doubt = _possible_duplicate(delivery, target)
            if delivery.plain:
                return messages.render_notice_plain(
                    text, delivery.severity, delivery.pk, look, possible_duplicate=doubt
                )
            return messages.render_notice(
                text,
                delivery.severity,
                delivery.pk,
                look,
                late=now - delivery.created_at,
                url=pages.of_delivery(delivery.pk),
                possible_duplicate=doubt,
            )
    story = story_of(delivery, target, now, fired)
    is_test = delivery.kind == Delivery.Kind.TEST
    is_edited = target is not None and target.updates == Target.Updates.EDIT and delivery.kind == Delivery.Kind.ALERT
    if delivery.plain:
        return messages.render_plain(story, look)
    if is_edited:
        return messages.render_editable(story, look)
    wording = wordings.of(delivery.rule_id, delivery.target_id) if wordings is not None else None
    return (
        _worded(story, look, wording, faults) if wording is not None and not is_test else messages.render(story, look)
    )


def _worded(story: Story, look: Look, wording: Wording, faults: list[str] | None) -> dict[str, Any]:
    try:
        headline, card = rendering.render(wording.headline, wording.card, templating.context_of(story))
        return messages.render_worded(story, look, headline, card)
    except templating.TemplateFault as fault:
        if faults is not None:
            faults.append(f"T-{wording.template_id} {wording.name}: {fault}")
        return messages.render(story, look)


def edit_of(delivery: Delivery, target: Target, now: datetime) -> str:
    """The text that takes the place of the one that is in the room."""
    return messages.render_edit(story_of(delivery, target, now), look_of(target))


def look_of(target: Target) -> Look:
    return Look(
        text_limit=target.text_limit,
        alias=target.alias,
        emoji=target.emoji,
        avatar=target.avatar_url,
        channel=target.channel,
    )


def story_of(delivery: Delivery, target: Target | None, now: datetime, fired: Fired | None = None) -> Story:
    """What a delivery tells, from the notification's body as it was received."""
    payload, alerts = _carried(delivery)
    is_test = delivery.kind == Delivery.Kind.TEST
    # Grafana's externalURL has no page like Alertmanager's that a link could lead to.
    has_page = payload is not None and "grafana" not in payload.flags
    return Story(
        status=delivery.status or "firing",
        severity=delivery.severity,
        alerts=alerts,
        source_name=delivery.notification.source_name if delivery.notification else "",
        rule_name=delivery.target_name if is_test else delivery.rule_name,
        delivery_id=delivery.pk,
        trail_url=pages.of_delivery(delivery.pk),
        external_url=payload.external_url if payload and has_page else "",
        receiver=payload.receiver if payload else "",
        group_labels=payload.group_labels if payload else {},
        truncated_alerts=payload.truncated_alerts if payload else 0,
        now=now,
        possible_duplicate=_possible_duplicate(delivery, target),
        resend_of=None if delivery.note else delivery.resend_of_id,
        is_test=is_test,
        owed_at=delivery.created_at,
        note=delivery.note,
        fired_too=_fired_too((fired or {}).get(delivery.pk, ())),
    )


def digest_of(delivery: Delivery, target: Target | None, now: datetime) -> Digest:
    """Every alert of what a digest carries, each once and as it was told last."""
    book = rulebook.current()
    told: dict[tuple[str, str, datetime | None], Told] = {}
    count, oldest, may_repeat = 0, delivery.created_at, []
    members = Delivery.objects.filter(Q(carried_by=delivery) | Q(carried_by__carried_by=delivery))
    rows = members.select_related("notification").order_by("conversation_id", "seq", "id")
    for member in database.in_portions(rows, _BODIES_AT_ONCE):
        count, oldest = count + 1, min(oldest, member.created_at)
        if _is_in_doubt(member, target):
            may_repeat.append(member.pk)
        labels = book.severity_labels_of(member.notification.source_id if member.notification else None)
        for alert in _carried(member)[1]:
            key = (member.notification.source_name if member.notification else "", alert.fingerprint, alert.starts_at)
            before = told.get(key)
            told[key] = Told(
                name=alert.name,
                severity=severity_of(alert.labels, book.severity_words, labels),
                status=alert.status,
                starts_at=alert.starts_at,
                ends_at=alert.ends_at if alert.status == "resolved" else None,
                labels=alert.labels,
                was_firing=before is not None and (before.was_firing or before.status == "firing"),
            )
    return Digest(
        told=tuple(told.values()),
        message_count=count,
        oldest_at=oldest,
        delivery_id=delivery.pk,
        list_url=pages.carried_by(delivery.pk),
        now=now,
        may_repeat=tuple(may_repeat[:_REPEATS_NAMED]),
        possible_duplicate=_possible_duplicate(delivery, target),
    )


def expired_line(delivery: Delivery, now: datetime) -> str:
    expired = Delivery.objects.filter(carried_by=delivery).order_by()
    counts: Counter[str] = Counter(dict(expired.values_list("severity").annotate(Count("id"))))
    times = expired.aggregate(first=Min("created_at"), last=Max("created_at"))
    return messages.expired_line(
        counts, times["first"] or delivery.created_at, times["last"] or delivery.created_at, now
    )


def _possible_duplicate(delivery: Delivery, target: Target | None) -> int:
    return delivery.attempt_count if _is_in_doubt(delivery, target) else 0


def _is_in_doubt(delivery: Delivery, target: Target | None) -> bool:
    """Through the REST API a repeat has the id of the first, and is not posted twice."""
    has_own_id = target is not None and target.is_rest
    return delivery.in_doubt or (delivery.unknown_count > 0 and not has_own_id)


def _fired_too(firings: Iterable[Delivery]) -> tuple[IncomingAlert, ...]:
    return tuple(alert for firing in firings for alert in _carried(firing)[1])


def _carried(delivery: Delivery) -> tuple[Payload | None, tuple[IncomingAlert, ...]]:
    if delivery.notification is None:
        return None, ()
    body = bytes(delivery.notification.body)
    read = _read if len(body) <= _LARGEST_REMEMBERED else _read.__wrapped__
    payload = read(body, delivery.notification.content_type)
    return payload, tuple(payload.alerts[position] for position in delivery.positions if position < len(payload.alerts))


@lru_cache(maxsize=64)
def _read(body: bytes, content_type: str) -> Payload:
    """One notification is usually told to several targets."""
    return alertmanager.read(body, content_type)
