"""The app that wires the others."""

from __future__ import annotations

from django.apps import AppConfig


class AlerthubConfig(AppConfig):
    name = "alerthub"
    verbose_name = "AlertHub"
