"""From records of the past to states people read, and back into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.utils import timezone

from routing.changes.differences import Secret, Shown, State
from routing.changes.history import complete, links

_TIMES = ("created_at", "changed_at")
_NOT_EDITED = ("id", "uid", "is_fallback", *_TIMES)


@dataclass(frozen=True)
class Rebuilt:
    """A row as it was, not saved yet; `lost` names what it pointed to and is gone."""

    row: Any
    links: dict[str, list[Any]]
    children: dict[str, list[dict[str, Any]]]
    lost: tuple[str, ...]


def kept_models() -> list[Any]:
    """Every model with a history, in the order of their names."""
    return sorted(
        (model for model in apps.get_app_config("routing").get_models() if hasattr(model, "records")),
        key=lambda model: model.__name__,
    )


def state(record: Any) -> State:
    """By the words people know the fields by."""
    model = record.instance_type
    shown: dict[str, Shown | Secret] = {}
    for field in record.tracked_fields:
        if field.name not in _NOT_EDITED:
            shown[_label(field)] = _shown(field, record)
    for many in model._meta.many_to_many:
        shown[_label(many)] = _names(record, many.name)
    for name in (*model.records.children, *model.records.told):
        shown[name] = _names(record, name)
    if model.records.secrets:
        shown[model.records.masked_as] = Secret(record.history_secret)
    return shown


def present(row: Any) -> State:
    """The state of a row as it is now; of its secrets nothing is said."""
    fields = {field.attname: getattr(row, field.attname) for field in type(row).records.fields_included(type(row))}
    shown = dict(state(type(row).history.model(history_links=links(row), **fields)))
    return _without_secrets(shown, type(row).records)


def name_of(record: Any) -> str:
    """What the row was called then."""
    return str(
        record.instance_type(**{field.attname: getattr(record, field.attname) for field in record.tracked_fields})
    )


def _label(field: Any) -> str:
    return str(field.verbose_name)


def _names(record: Any, name: str) -> tuple[str, ...]:
    return tuple(link["name"] for link in record.history_links.get(name, []))


def _shown(field: Any, record: Any) -> Shown:
    value = getattr(record, field.attname)
    if field.is_relation:
        return ", ".join(_names(record, field.name))
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else "off"
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S %Z}"
        case list():
            return tuple(map(str, value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return tuple(line for line in str(value).splitlines() if line.strip()) if _has_lines(field) else str(value)


def _has_lines(field: Any) -> bool:
    return isinstance(field, models.TextField)


def rebuild(record: Any, now_row: Any | None) -> Rebuilt:
    """`now_row` is the row as it is; None for one that was deleted. Its secret stays as it is now."""
    model = record.instance_type
    row = model() if now_row is None else model._default_manager.get(pk=now_row.pk)
    lost: list[str] = []
    for field in record.tracked_fields:
        if field.name not in _TIMES:
            setattr(row, field.attname, _still_there(field, record, lost))
    found: dict[str, list[Any]] = {}
    for many in model._meta.many_to_many:
        kept = record.history_links.get(many.name, [])
        there = many.related_model._default_manager.in_bulk([link["id"] for link in kept])
        found[many.name] = [there[link["id"]] for link in kept if link["id"] in there]
        lost += [_gone(many, link["name"]) for link in kept if link["id"] not in there]
    children = {
        name: [link["values"] for link in record.history_links.get(name, [])] for name in model.records.children
    }
    return Rebuilt(row, found, children, tuple(lost))


def _still_there(field: Any, record: Any, lost: list[str]) -> Any:
    value = getattr(record, field.attname)
    if field.is_relation and value is not None:
        try:
            field.related_model._default_manager.get(pk=value)
        except ObjectDoesNotExist:
            lost.append(_gone(field, ", ".join(_names(record, field.name)) or str(value)))
            return None
    return value


def _gone(field: Any, name: str) -> str:
    return f"{_label(field)}: {name} was deleted, and is left out"


@transaction.atomic
def put_back(rebuilt: Rebuilt, *, is_new: bool) -> None:
    """Saves what was rebuilt, as one change."""
    row = rebuilt.row
    row.save(force_insert=is_new)
    for name, others in rebuilt.links.items():
        getattr(row, name).set(others)
    for name, values in rebuilt.children.items():
        _renew(getattr(row, name), values)
    complete(row)


def _renew(children: Any, values: Sequence[dict[str, Any]]) -> None:
    children.all().delete()
    for each in values:
        children.create(**each)


def preview(rebuilt: Rebuilt, record: Any) -> State:
    """The state the row would have: that of the record without what is lost."""
    shown = dict(state(record))
    model = record.instance_type
    for field in record.tracked_fields:
        if field.is_relation and getattr(rebuilt.row, field.attname) is None:
            shown[_label(field)] = ""
    for many in model._meta.many_to_many:
        shown[_label(many)] = tuple(str(other) for other in rebuilt.links[many.name])
    return _without_secrets(shown, model.records)


def _without_secrets(shown: State, records: Any) -> State:
    """What a restore leaves as it is."""
    return {name: value for name, value in shown.items() if name not in (records.masked_as, *records.told)}
