"""Fields that few people need, folded away below the others; a fold opens by itself when there is something in it to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model

FOLD = "ah-fold"


@dataclass(frozen=True, slots=True)
class Fold:
    """`changed`: how many of its fields are not as they are in a new row; `names`: what is in it, as one reads it."""

    title: str
    names: str
    fieldset: Any
    changed: int
    is_wrong: bool

    @property
    def is_open(self) -> bool:
        return self.is_wrong or self.changed > 0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a form: one fieldset that is always seen, or folds that stand together."""

    fieldset: Any = None
    folds: list[Fold] = field(default_factory=list)


def fold(title: str, *fields: Any, description: str = "") -> tuple[str, dict[str, Any]]:
    """One of a page's `fieldsets`, folded."""
    return title, {"fields": list(fields), "classes": [FOLD]} | ({"description": description} if description else {})


def parts(adminform: Iterable[Any]) -> list[Part]:
    """The fieldsets of Django's AdminForm in their order."""
    found: list[Part] = []
    for is_fold, fieldsets in groupby(adminform, key=lambda each: FOLD in each.classes.split()):
        if is_fold:
            found.append(Part(folds=[_fold(each) for each in fieldsets]))
        else:
            found.extend(Part(fieldset=each) for each in fieldsets)
    return found


def _fold(fieldset: Any) -> Fold:
    form, title = fieldset.form, str(fieldset.name)
    names = [name for line in fieldset.fields for name in ([line] if isinstance(line, str) else line)]
    labels = [_label(form, name) for name in names if name in form.fields or _kept(form, name)]
    fieldset.name = None  # its title is the fold's
    return Fold(
        title,
        ", ".join([*labels[:1], *map(_inside, labels[1:])]),
        fieldset,
        sum(_differs(form, name) for name in names),
        any(name in form.errors for name in names),
    )


def _label(form: Any, name: str) -> str:
    kept = _kept(form, name)
    text = str(form[name].label if name in form.fields else kept.verbose_name if kept else name)
    return text[:1].upper() + text[1:]


def _inside(label: str) -> str:
    """As it stands in the middle of a line: "avatar", but "CA file"."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _differs(form: Any, name: str) -> bool:
    """Whether it is otherwise than in a new row, as it is typed just now; of what is only read, as it is stored."""
    kept = _kept(form, name)
    default = None if kept is None else [] if kept.many_to_many else kept.get_default()
    if name in form.fields:
        return bool(form.fields[name].has_changed(default, form[name].value()))
    if kept is None:
        return False
    if kept.many_to_many:
        return bool(form.instance.pk and getattr(form.instance, name).exists())
    return bool(kept.value_from_object(form.instance) != default)


def _kept(form: Any, name: str) -> Field | None:
    model: type[Model] = form._meta.model
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None
