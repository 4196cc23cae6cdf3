"""`manage.py prepare`: bring the database up to date and, at the first start, make what the environment describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from alerthub.sandbox import default_account, default_hook_urls
from alerthub.start import embedded, fingerprints, first_start, private
from alerthub.web import files


class Command(BaseCommand):
    help = "Migrate; at the first start also make the admin, a source, targets and rules. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sandbox-url", default="", help="Use the sandbox's hooks where no ROCKETCHAT_..._URL is set."
        )
        parser.add_argument(
            "--adopt-keys",
            action="store_true",
            help="Go on with the keys of this machine where those of the database are lost: says what is lost with them.",
        )
        parser.add_argument("--json", action="store_true", help="Print what was made as JSON, for the supervisor.")

    def handle(self, *args: Any, **options: Any) -> None:
        private.new_files()
        if connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]
            try:
                embedded.check(Path(str(connection.settings_dict["NAME"])))
            except embedded.Unusable as unusable:
                raise CommandError(str(unusable)) from None
        try:
            if not options["adopt_keys"]:
                # Before anything is changed. A database that is away stops the migration, with its own words.
                fingerprints.at_start()
            call_command("migrate", interactive=False, verbosity=0)
            lost = fingerprints.record(adopt=options["adopt_keys"])
        except ImproperlyConfigured as refused:
            raise CommandError(str(refused)) from None
        self._collect()
        url = options["sandbox_url"]
        hooks, account = (default_hook_urls(url), default_account(url)) if url else (None, None)
        try:
            made = first_start.prepare(timezone.now(), hooks, account)
        except ValidationError as error:
            raise CommandError(f"A ROCKETCHAT_..._URL is not usable. {' '.join(error.messages)}") from None
        if options["json"]:
            self.stdout.write(json.dumps({name: getattr(made, name) for name in made.__slots__}))
            return
        for line in [*lost, *lines(made)]:
            self.stdout.write(line)

    def _collect(self) -> None:
        """A full disk is no reason not to start."""
        try:
            files.collect(settings.STATIC_ROOT)
        except OSError as error:
            self.stderr.write(f"The stylesheets and scripts of the pages stay as they were: {error}")


def lines(made: first_start.Made) -> list[str]:
    """The same for people."""
    if not made.anything:
        return ["AlertHub is prepared; nothing had to be made."]
    said = ["AlertHub is prepared. Shown only this once:"]
    if made.admin:
        said.append(f"  admin         {made.admin} / {made.admin_password or 'the password you set'}")
    if made.source:
        said.append(f"  source token  {made.source_token or 'the one in ALERTMANAGER_TOKEN'}")
    said += [f"  target        {name} -> {address}" for name, address in made.targets.items()]
    said += [
        f"  no address    target {name} is disabled and holds what it is owed: enter its webhook address in the admin, "
        f"under Targets (ROCKETCHAT_{name.upper()}_URL was not set)"
        for name in made.missing
    ]
    return said
