"""The app that wires the others."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class AlerthubConfig(AppConfig):
    name = "alerthub"
    verbose_name = "AlertHub"

    def ready(self) -> None:
        # After the last app: by then every permission there is has been made.
        lay = import_string("alerthub.people.roles.lay")
        post_migrate.connect(lay, sender=apps.get_app_config("deliveries"), dispatch_uid="alerthub.people.roles")
