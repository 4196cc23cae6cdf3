"""The routing app."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from routing import triggers


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = "Routing"

    def ready(self) -> None:
        post_migrate.connect(triggers.lay, sender=self, dispatch_uid="routing.triggers")
