"""What is cleaned by the calendar. History (notifications, deliveries, attempts) is not touched here."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.utils import timezone

from deliveries.models import RejectedRequest, Trouble

REJECTED_KEPT_FOR = timedelta(days=30)
TROUBLES_KEPT_FOR = timedelta(days=90)


def tidy(now: datetime | None = None) -> None:
    """Forget expired sessions, failed logins, old rejected requests and old troubles. Safe to repeat, and to run twice at once."""
    now = now or timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    AccessAttempt.objects.filter(expiration__expires_at__lt=now).delete()
    RejectedRequest.objects.filter(last_at__lt=now - REJECTED_KEPT_FOR).delete()
    Trouble.objects.filter(ended_at__lt=now - TROUBLES_KEPT_FOR).delete()
