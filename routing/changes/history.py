"""Every change of a row people edit, kept as one record: the row as it was then, who, why, and the names it pointed to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from routing.changes import authorship

MADE, CHANGED, DELETED = "+", "~", "-"
_UNNAMED = "AlertHub"


class Remembered(models.Model):
    """What every record holds beside the row's own values. No secret ever comes here, nor a part of one."""

    history_by = models.CharField(max_length=150)
    history_links = models.JSONField(default=dict)
    """The rows it pointed to and the rows inside it: {field: [{"id": 3, "name": "ops"}]}."""
    history_secret = models.CharField(max_length=16)
    """Differs whenever its secret was set anew; a part of a digest of the sealed text, which is never the same twice."""

    class Meta:
        abstract = True


class Records(HistoricalRecords):
    """The history of one model. `secrets` and `masks` are fields no record holds; `children` are rows inside the row.

    `told` are rows inside it, too, which hold secrets: records tell of them by `in_history`, and nothing brings them back.
    """

    def __init__(
        self,
        *,
        secrets: Sequence[str] = (),
        masked_as: str = "",
        masks: Sequence[str] = (),
        children: Sequence[str] = (),
        told: Sequence[str] = (),
        **given: Any,
    ) -> None:
        self.secrets, self.masked_as = tuple(secrets), masked_as
        self.children, self.told = tuple(children), tuple(told)
        super().__init__(
            bases=[Remembered],
            excluded_fields=[*secrets, *masks],
            history_change_reason_field=models.TextField(blank=True, default=""),
            **given,
        )

    def create_history_model(self, model: Any, inherited: bool) -> Any:
        model.records = self
        history = super().create_history_model(model, inherited)
        history.__doc__ = f"A {model._meta.verbose_name} as it was after one change, or before it was deleted."
        return history

    def get_meta_options(self, model: Any) -> Any:
        # Who may see a row may see its history, so there is nothing more to give away.
        return super().get_meta_options(model) | {"default_permissions": ()}

    def pre_delete(self, instance: Any, **kwargs: Any) -> None:
        """What points to the row, and what it points to, can only be seen before it is gone."""
        super().pre_delete(instance, **kwargs)
        instance.links_before = links(instance)
        instance.pointing_before = _pointing_to(instance)

    def post_delete(self, instance: Any, using: Any = None, **kwargs: Any) -> None:
        super().post_delete(instance, using, **kwargs)
        with authorship.because(f"{instance._meta.verbose_name} {instance} was deleted", authorship.present().by):
            for model, keys in instance.pointing_before.items():
                for row in model._default_manager.filter(pk__in=keys):
                    row.records.create_historical_record(row, CHANGED)

    def create_historical_record(self, instance: Any, history_type: str, using: Any = None) -> None:
        told, user = authorship.present(), self.get_history_user(instance)
        record = instance.history.model(
            history_date=timezone.now(),
            history_type=history_type,
            history_user=user,
            history_by=told.by or (user.get_username() if user else _UNNAMED),
            history_change_reason=told.reason,
            history_links=instance.links_before if history_type == DELETED else links(instance),
            history_secret=self._mark(instance),
            **{field.attname: getattr(instance, field.attname) for field in self.fields_included(instance)},
        )
        record.save(using=using)

    def get_history_user(self, instance: Any) -> Any:
        user = super().get_history_user(instance)
        return user if user is not None and user.is_authenticated else None

    def _mark(self, instance: Any) -> str:
        sealed = "".join(getattr(instance, name) for name in self.secrets)
        return hashlib.sha256(sealed.encode()).hexdigest()[:16] if sealed else ""


def links(row: models.Model) -> dict[str, list[dict[str, Any]]]:
    """By field: the rows it points to, by id and name, and the values of the rows inside it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for field in row._meta.concrete_fields:
        if field.is_relation and getattr(row, field.attname) is not None:
            other = getattr(row, field.name)
            found[field.name] = [{"id": other.pk, "name": str(other)}]
    for many in row._meta.many_to_many:
        rows = getattr(row, many.name).order_by("pk")
        found[many.name] = [{"id": other.pk, "name": str(other)} for other in rows]
    for name in row.records.children:  # type: ignore[attr-defined]
        found[name] = [{"name": str(child), "values": _values(child)} for child in getattr(row, name).order_by("pk")]
    for name in row.records.told:  # type: ignore[attr-defined]
        found[name] = [{"name": child.in_history()} for child in getattr(row, name).order_by("pk")]
    return found


def note(row: models.Model) -> None:
    """Call it when rows inside it came or went without it being saved."""
    row.records.create_historical_record(row, CHANGED)  # type: ignore[attr-defined]
    complete(row)


def complete(row: models.Model) -> None:
    """Call it when all of a change is saved: links are set after the row itself, and belong to the same change.

    A record that says nothing new is taken away again.
    """
    records = row.history.order_by("-history_id")  # type: ignore[attr-defined]
    found = list(records[:2])
    if not found:
        return
    newest, *before = found
    newest.history_links = links(row)
    if newest.history_type == CHANGED and before and _same(newest, before[0]):
        newest.delete()
    else:
        newest.save(update_fields=["history_links"])


def is_kept(model: type[models.Model]) -> bool:
    return hasattr(model, "records")


def _same(newer: Any, older: Any) -> bool:
    return all(
        getattr(newer, field.attname) == getattr(older, field.attname)
        for field in newer.tracked_fields
        if not getattr(field, "auto_now", False)
    ) and (newer.history_links, newer.history_secret) == (older.history_links, older.history_secret)


def _values(child: models.Model) -> dict[str, Any]:
    plain = [field for field in child._meta.concrete_fields if not field.is_relation and not field.primary_key]
    return {field.name: field.value_from_object(child) for field in plain}


def _pointing_to(row: models.Model) -> dict[type[models.Model], set[Any]]:
    """Rows with a history that lose this row when it is deleted."""
    found: dict[type[models.Model], set[Any]] = {}
    relation: Any
    for relation in row._meta.get_fields(include_hidden=True):
        model: Any = relation.related_model
        if _points_here(relation) and is_kept(model):
            rows = model._default_manager.filter(**{relation.field.name: row}).values_list("pk", flat=True)
            found.setdefault(model, set()).update(rows)
    return found


def _points_here(relation: Any) -> bool:
    return bool(relation.auto_created and not relation.concrete and relation.on_delete is not models.CASCADE)
