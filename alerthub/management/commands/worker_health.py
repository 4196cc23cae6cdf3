"""`manage.py worker_health`: for a container's health check, whether a worker of this machine lives."""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from deliveries.models import Worker


class Command(BaseCommand):
    help = "Fail unless a worker of this machine said lately that it lives. Asks the database, not the broker."
    requires_system_checks: list[str] = []  # asked every minute

    def handle(self, *args: Any, **options: Any) -> None:
        # The pump names its worker HOST:PID.
        host = f"{socket.gethostname()}:"
        if not Worker.objects.living(timezone.now()).filter(name__startswith=host).exists():
            seconds = settings.WORKER_MISSING_AFTER_SECONDS
            raise CommandError(f"No worker of {host[:-1]} was seen within the last {seconds} seconds.")
