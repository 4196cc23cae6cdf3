"""What the messages of a claim need besides their own rows, read once for all of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from deliveries.models import Delivery, Notification, Thread
from deliveries.outbox import Claim
from routing import rulebook
from routing.models import Target
from routing.rulebook import Wordings


@dataclass(slots=True)
class Batch:
    """`threads`: by conversation, episode and rule. `fired`: by the delivery that tells them. `faults`: of the message that
    is rendered now."""

    threads: dict[tuple[int | None, int, int], Thread] = field(default_factory=dict)
    fired: dict[int, list[Delivery]] = field(default_factory=lambda: defaultdict(list))
    wordings: Wordings | None = None
    faults: list[str] = field(default_factory=list)


def of(claim: Claim) -> Batch:
    batch = Batch(wordings=rulebook.of(claim.rules_version).wordings)
    alerts = [delivery for delivery, _ in claim.pairs if delivery.kind == Delivery.Kind.ALERT]
    if claim.target.updates != Target.Updates.NEW_MESSAGE:
        conversations: set[Any] = {delivery.conversation_id for delivery in alerts}
        known = Thread.objects.filter(target=claim.target, conversation_id__in=conversations)
        batch.threads = {(thread.conversation_id, thread.episode, thread.rule_id): thread for thread in known}
    if tellers := _tellers([delivery for delivery in alerts if delivery.status == "resolved"]):
        carried = Delivery.objects.filter(carried_by__in=tellers).select_related("notification").order_by("seq")
        for firing in carried:
            batch.fired[tellers[firing.carried_by_id]].append(firing)
    _load_bodies([delivery for delivery, _ in claim.pairs])
    return batch


def _tellers(resolved: list[Delivery]) -> dict[Any, int]:
    """By whom a firing may be carried -> which delivery of this batch tells it: itself, or a copy, or a copy's copy."""
    tellers = {delivery.pk: delivery.pk for delivery in resolved}
    copies = [delivery.pk for delivery in resolved if delivery.resend_of_id is not None]
    known = Delivery.objects.filter(pk__in=copies).values_list("pk", "resend_of_id", "resend_of__resend_of_id")
    return tellers | {original: pk for pk, *originals in known for original in originals}


def _load_bodies(deliveries: list[Delivery]) -> None:
    """Those that a claim left out, as they are large and it holds its lane's lock."""
    notifications = [delivery.notification for delivery in deliveries if delivery.notification is not None]
    told = [notification for notification in notifications if "body" not in notification.__dict__]
    if told:
        wanted = Notification.objects.filter(pk__in={notification.pk for notification in told})
        bodies = dict(wanted.values_list("pk", "body"))
        for notification in told:
            notification.body = bodies[notification.pk]
