"""`manage.py sandbox --port N`: the stand-in Rocket.Chat."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerthub.sandbox import cli


class Command(BaseCommand):
    help = "Run a stand-in Rocket.Chat: incoming webhooks, the REST calls AlertHub uses, a page of rooms."
    requires_system_checks: list[str] = []  # it needs no database

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(cli.NOT_IN_PRODUCTION)
        try:
            cli.serve(options, self._say)
        except OSError as error:
            raise CommandError(f"cannot listen on {options['host']}:{options['port']}: {error.strerror}") from None

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
