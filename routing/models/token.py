"""What ingest tokens and API tokens have in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from routing.access import tokens
from routing.models.moment import Moment
from routing.models.text import Line

# `last used` is a help for people; writing it at every request would be a lock for machines.
_REMEMBER_USE_AFTER = timedelta(minutes=1)
_remembered: dict[tuple[str, int], datetime] = {}


class TokenQuerySet(models.QuerySet[Any]):
    def remember_use(self, token_id: int, now: datetime) -> None:
        """Note that a token was used; at most once a minute, as far as this process knows."""
        key = (self.model._meta.label, token_id)
        last = _remembered.get(key)
        if last is None or not timedelta(0) <= now - last < _REMEMBER_USE_AFTER:
            _remembered[key] = now
            self.filter(pk=token_id).update(last_used_at=now)


class Token(models.Model):
    """A secret that opens a door; only its hash is kept."""

    name = Line(max_length=100, help_text="What uses this token, for example: alertmanager-1.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField("ends with", max_length=4, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = Moment(null=True, blank=True, help_text="Refused from then on; empty: never.")
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Exact to the minute.")

    objects = TokenQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})" if self.hint else self.name

    @classmethod
    def known(cls, token: str) -> models.QuerySet[Any]:
        """The row of this token, whether or not it may be used."""
        return cls._default_manager.filter(digest__in=tokens.digests(token))

    @classmethod
    def valid(cls, token: str, now: datetime) -> models.QuerySet[Any]:
        """The row of this token, if it may be used at `now`."""
        alive = Q(expires_at=None) | Q(expires_at__gt=now)
        return cls.known(token).filter(alive)

    def keep(self, token: str) -> None:
        """Remember the token's hash and hint; does not save."""
        self.digest, self.hint = tokens.digest(token), tokens.hint(token)

    def remember_use(self, now: datetime) -> None:
        type(self)._default_manager.remember_use(self.pk, now)


def forget() -> None:
    """Drop what is kept in memory: for tests, whose rolled back ids come again."""
    _remembered.clear()
