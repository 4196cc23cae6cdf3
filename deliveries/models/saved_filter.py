"""Filters of the list of deliveries that somebody gave a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from routing.models.text import Line


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def seen_by(self, user_id: int) -> SavedFilterQuerySet:
        return self.filter(Q(owner_id=user_id) | Q(shared=True))


class SavedFilter(models.Model):
    """`query` is the list's address after the question mark."""

    name = Line(max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    shared = models.BooleanField(default=False)
    query = models.CharField(max_length=2000)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="filter_of_a_person")]

    def __str__(self) -> str:
        return self.name
