"""What the page of one alert shows: how it is now in a sentence, what can be done, and its timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from deliveries.accept import ghosts
from deliveries.admin import alert_buttons, alert_marks, grouped, leading, standing, timeline, whereabouts, words
from deliveries.admin.whereabouts import Whereabouts
from deliveries.messages import notes
from deliveries.messages.words import duration
from deliveries.models import Alert, Delivery, carried
from routing import rulebook
from routing.admin import marks
from routing.rules.matchers.matcher import written


def needs_post_and_permission(request: HttpRequest, *, may: bool) -> None:
    """Raises PermissionDenied: a link alone acknowledges nothing."""
    if request.method != "POST" or not may:
        raise PermissionDenied


def story(row: Alert, request: HttpRequest, *, may_acknowledge: bool) -> dict[str, Any]:
    now = timezone.now()
    found = whereabouts.of([row.pk]).get(row.pk, Whereabouts())
    rulebook.current()  # the silences that the badges look at
    return {
        "status": "" if row.status == "closed" else words.status(row.status),
        "severity": marks.severity(row.severity),
        "tone": grouped.TONES.get(row.severity, "plain"),
        "badges": list(alert_marks.badges(row, found, now)),
        "summary": notes.summary(row.annotations, (row.name,)),
        "sentence": sentence(row, found, now),
        "labels": alert_marks.labels(dict(sorted(row.labels.items())), (), len(row.labels)),
        "annotations": [(name, *leading.value(name, text)) for name, text in sorted(row.annotations.items())],
        "buttons": alert_buttons.of([row], request),
        "acknowledgement": found.acknowledgement,
        "may_acknowledge": may_acknowledge and row.status == "firing",
        "tester_url": _tester_url(row) if request.user.has_perm("routing.view_rule") else "",
        "facts": [
            ("Source", row.source_name),
            ("Fingerprint", marks.code(row.fingerprint)),
            ("Started", marks.moment(row.starts_at)),
            *([("Ended", marks.moment(row.ends_at))] if row.status != "firing" else []),
            ("First heard", marks.moment(row.first_seen_at)),
            ("Last heard", marks.moment(row.last_seen_at)),
        ],
        "events": timeline.of(row, now),
        "telling_count": row.occurrences.values("notification").distinct().count(),
        "tellings_shown": timeline.TELLINGS_SHOWN,
    }


def sentence(row: Alert, found: Whereabouts, now: datetime) -> str:
    """How it is now: since when, who was told, what keeps it back, who is at it."""
    start = row.starts_at or row.first_seen_at
    if row.status == "firing":
        parts = [f"It has been firing for {duration(start, now) or 'a moment'}."]
        if ghosts.is_unheard(row, now):
            parts.append(alert_marks.UNHEARD)
    elif row.status == "closed":
        parts = [f"It was closed: {one.why}" for one in row.closings.all()[:1]]
    else:
        lasted = duration(row.starts_at, row.ends_at)
        ended = standing.clock(row.ends_at or row.last_seen_at, now)
        parts = [f"It was resolved at {ended}{f' after {lasted}' if lasted else ''}."]
    if found.kept_back is not None:
        parts.append(f"It is kept back. {found.kept_back.why}" if row.status == "firing" else found.kept_back.why)
    elif told := found.told:
        parts.append("Told to " + ", ".join(_delivery(one.delivery) for one in told) + ".")
    elif found.tellings:
        parts.append(f"Nobody was told. {found.tellings[0].why}")
    if found.acknowledgement is not None:
        comment = f": {found.acknowledgement.comment}" if found.acknowledgement.comment else "."
        parts.append(f"{found.acknowledgement.by} is at it{comment}")
    return " ".join(parts)


def _delivery(delivery: Any) -> str:
    stands = carried.of(delivery)
    merged = "merged, " if delivery.state == Delivery.State.MERGED != stands else ""
    state = "" if stands == "delivered" else f", {merged}{Delivery.State(stands).said}"
    return f"{delivery.target_name} ({delivery}{state})"


def _tester_url(row: Alert) -> str:
    labels = "\n".join(written(name, "=", value) for name, value in sorted(row.labels.items()))
    return f"{reverse('rule_tester')}?{urlencode({'labels': labels, 'status': row.status})}"
