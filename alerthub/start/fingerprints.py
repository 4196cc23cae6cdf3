"""Whether the keys here are those the database was prepared with: their fingerprints lie in it, recorded by `prepare`.

With another SECRET_KEY every token is refused, and Alertmanager never sends again what was answered 401; with another
encryption key nothing sealed can be read. So a process with other keys does not start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection, transaction

from alerthub.start.other_keys import ENCRYPTION, SECRET, OtherKeys
from deliveries import database
from routing.access.secrets import Unreadable
from routing.models import KeyFingerprints, RocketChatServer, Target

log = logging.getLogger(__name__)

Sealing = Target | RocketChatServer


def check() -> bool:
    """True: the keys here are those of the database, or replaced them. False: it knows of none yet.

    Raises OtherKeys; django.db.Error while the database cannot be asked.
    """
    try:
        row = _recorded()
        if row is not None and (other := _other(row)):
            raise OtherKeys(other)
        return row is not None
    finally:
        database.release()


def at_start() -> bool:
    """What `check` says; False too while the database cannot be asked, for web and workers start without it.

    Raises ImproperlyConfigured with a sentence: OtherKeys, or that a person has to set the database up.
    """
    try:
        return check()
    except Error as error:
        _refuse_if_hopeless(error)
        return False


def wait(pause: Callable[[], None]) -> None:
    """For a worker, which can do nothing without the database: returns when `check` does, with a `pause` between two tries.

    Raises as `at_start` does, and what `pause` raises.
    """
    told = False
    while True:
        try:
            check()
            return
        except Error as error:
            _refuse_if_hopeless(error)
            if not told:
                log.warning(
                    "The database cannot be used (%s): the worker begins as soon as it can be.", type(error).__name__
                )
                told = True
        pause()


@transaction.atomic
def record(*, adopt: bool = False) -> list[str]:
    """Record the keys here, when the database is migrated; those that replaced the recorded ones take their place.

    With `adopt` any keys do; returns what is lost thereby, as sentences. Raises OtherKeys.
    """
    first = {"secret_key": settings.SECRET_KEY, "encryption_key": settings.ENCRYPTION_KEYS[0]}
    here = KeyFingerprints.of(**first)
    recorded = {"salt": here.salt, "secret_key": here.secret_key, "encryption_key": here.encryption_key}
    row, made = KeyFingerprints.objects.get_or_create(pk=1, defaults=recorded)
    sealing, unreadable = _sealing()
    # An older database knows of no key, but what is sealed in it does.
    foreign = [ENCRYPTION] if sealing and sealing == unreadable else []
    other = foreign if made else _other(row)
    if other and not adopt:
        raise OtherKeys(other)
    if not made and not all(row.is_of(which, key) for which, key in first.items()):
        here.save()
    return _lost(other, unreadable) if other else []


def _refuse_if_hopeless(error: Error) -> None:
    if getattr(error.__cause__, "needs_a_person", False):
        raise ImproperlyConfigured(str(error.__cause__)) from None


def _recorded() -> KeyFingerprints | None:
    """None: there is no such row, or not even its table, because this version did not prepare the database yet."""
    try:
        return KeyFingerprints.objects.first()
    except Error:
        if KeyFingerprints._meta.db_table in connection.introspection.table_names():
            raise
        return None


def _other(row: KeyFingerprints) -> tuple[str, ...]:
    """The names of the settings whose keys are not those of the row."""
    secret = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return _differing((row.salt, row.secret_key, row.encryption_key), secret, tuple(settings.ENCRYPTION_KEYS))


@lru_cache(maxsize=1)
def _differing(recorded: tuple[str, str, str], secret: tuple[str, ...], encryption: tuple[str, ...]) -> tuple[str, ...]:
    """Remembered, for /readyz asks often and a fingerprint is slow on purpose."""
    salt, of_secret, of_encryption = recorded
    row = KeyFingerprints(salt=salt, secret_key=of_secret, encryption_key=of_encryption)
    known = {
        SECRET: any(row.is_of("secret_key", key) for key in secret),
        ENCRYPTION: any(row.is_of("encryption_key", key) for key in encryption),
    }
    return tuple(name for name, found in known.items() if not found)


def _sealing() -> tuple[list[Sealing], list[Sealing]]:
    """What has a secret sealed in the database, and what of it cannot be read with the keys here."""
    sealing: list[Sealing] = [*Target.objects.exclude(webhook_sealed=""), *RocketChatServer.objects.all()]
    return sealing, [row for row in sealing if not _opens(row)]


def _opens(row: Sealing) -> bool:
    try:
        row.webhook_url() if isinstance(row, Target) else row.token()
    except Unreadable:
        return False
    return True


def _lost(other: Collection[str], unreadable: Collection[Sealing]) -> list[str]:
    lost = []
    if SECRET in other:
        lost.append("No ingest token and no API token opens any more: make new ones, under Sources and API tokens.")
    if unreadable:
        names = ", ".join(f"{row._meta.verbose_name} {row}" for row in unreadable)
        lost.append(f"What these had cannot be read any more, enter it again: {names}.")
    return lost
