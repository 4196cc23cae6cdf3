"""Is it alive, and can it do its work? `/health`, `/livez` and `/readyz`."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError

from alerthub.celery import app
from alerthub.processes import commands
from alerthub.start import fingerprints
from alerthub.start.other_keys import OtherKeys
from deliveries import punctual
from deliveries.door import writing
from deliveries.models import Delivery, Trouble, Worker
from deliveries.watch import broker, symptoms


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"service": "alerthub", "status": "healthy", "version": settings.VERSION})


@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200, or 503 with a sentence for each thing that is wrong.

    Wrong is what keeps AlertHub itself from delivering. Troubles of the self-watch, such as a room that takes nothing,
    are only counted: no restart mends them. Their details are for people who are logged in.
    """
    now = timezone.now()
    open_ones: dict[str, int] = {}
    try:
        wrong = _database(now)
        if "migrations" not in wrong:
            open_ones = _troubles()
    except Exception as error:
        # Not only what Django calls an error: a probe without an answer tells nobody what to do.
        wrong = {
            "database": f"The database cannot be used ({type(error).__name__}). Check DATABASE_URL and the server."
        }
    wrong |= _broker()
    body: dict[str, Any] = {"status": "not ready" if wrong else "ready", "wrong": wrong, "troubles": open_ones}
    mark = os.environ.get(commands.RUN_MARK, "")
    return JsonResponse(body, status=503 if wrong else 200, headers={commands.RUN_HEADER: mark} if mark else None)


def _troubles() -> dict[str, int]:
    """The open ones by their kind."""
    rows = Trouble.objects.filter(ended_at=None).order_by().values_list("kind").annotate(number=Count("pk"))
    return dict(sorted(rows))


def _database(now: datetime) -> dict[str, str]:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        first = pending[0][0]
        return {"migrations": f"{len(pending)} not applied, the first is {first}. Run: python manage.py migrate"}
    if wrong := _keys() | _writing(now):
        # Whatever else seems to be wrong may only not have been written down.
        return wrong
    if not Worker.objects.living(now).exists():
        seen_at = Worker.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
        since = f"since {seen_at:%Y-%m-%d %H:%M:%S} UTC" if seen_at else "yet"
        wrong["worker"] = f"No worker was seen {since}: notifications are accepted, but nothing is delivered."
    oldest = (
        Delivery.objects.due(now)
        .filter(tries=0, target__enabled=True)
        # Where the room takes nothing it is not AlertHub that cannot deliver.
        .filter(target__lane__broken_at=None, target__lane__opened_at=None, target__lane__suspect_since=None)
        .order_by("next_attempt_at")
        .values_list("next_attempt_at", flat=True)
        .first()
    )
    if oldest and punctual.is_trouble(oldest, now, symptoms.limit()):
        wrong["deliveries"] = f"The oldest due delivery waits since {oldest:%Y-%m-%d %H:%M:%S} UTC without a first try."
    return wrong


def _writing(now: datetime) -> dict[str, str]:
    if found := writing.trouble(now, time.monotonic()):
        return {"database": f"Nothing can be stored: {found.label}."}
    if found := writing.posts.trouble(time.monotonic()):
        return {"posts": f"Posts were answered with 503 and none was stored since: {found.label}."}
    return {}


def _keys() -> dict[str, str]:
    """A process with other keys does not start; but they may have been replaced, or the database, since it did."""
    try:
        fingerprints.check()
    except OtherKeys as other:
        return {"keys": other.in_short}
    return {}


def _broker() -> dict[str, str]:
    try:
        with app.connection_for_write(transport_options=_QUICK) as tried:
            tried.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except (BrokerError, OSError) as error:
        return {"broker": f"The broker cannot be reached ({broker.kind(error)}): {_MEANWHILE}"}
    except Exception as error:
        # What its library raises for an address or an installation that does not work is no closed set.
        return {
            "broker": f"The broker cannot be used ({broker.kind(error)}): {_MEANWHILE} Check CELERY_BROKER_URL and what is "
            "installed; the log of a worker says more."
        }
    return {}


_MEANWHILE = "deliveries go on, up to a second slower."
_QUICK = broker.quick(app.conf.broker_transport_options)
