"""Links to the wall: who has one sees what burns, read-only and without logging in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from routing.models.moment import Moment
from routing.models.text import Line
from routing.models.token import Token

VALID, EXPIRED, REVOKED = "valid", "expired", "revoked"


class WallLink(Token):
    """A secret address of the wall, for a screen or a person. It shows what burns and opens nothing else.

    One that was revoked never works again; its row stays, so that people see that there was one.
    """

    name = Line(max_length=100, help_text="Where it hangs or who has it, for example: TV in the ops room.")
    expires_at = Moment(null=True, blank=True, help_text="It shows nothing from then on; empty: until it is revoked.")
    made_by = models.CharField(max_length=150, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_by = models.CharField(max_length=150, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "link to the wall"
        verbose_name_plural = "links to the wall"

    @classmethod
    def valid(cls, token: str, now: datetime) -> models.QuerySet[Any]:
        return super().valid(token, now).filter(revoked_at=None)

    def standing(self, now: datetime) -> str:
        """VALID, EXPIRED or REVOKED."""
        if self.revoked_at is not None:
            return REVOKED
        return EXPIRED if self.expires_at is not None and self.expires_at <= now else VALID
