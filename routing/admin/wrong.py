"""What is wrong with a form that was not saved, said at its top, each with a link to its field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wrong:
    """`anchor` is the id of the field's element, so that a link to it works without JavaScript."""

    anchor: str
    label: str
    sentence: str


def fields(form: Any, formsets: Iterable[Any] = ()) -> list[Wrong]:
    """In the order of the page. What belongs to no field is said elsewhere."""
    return [*_of(form), *(one for formset in formsets for one in _of_rows(formset))]


def _of_rows(formset: Any) -> Iterator[Wrong]:
    name = str(formset.opts.verbose_name)
    for number, form in enumerate(formset.formset.forms, 1):
        yield from _of(form, f"{name[:1].upper()}{name[1:]} {number}: ")


def _of(form: Any, before: str = "") -> Iterator[Wrong]:
    # Errors come in the order in which fields were cleaned.
    for name in form.fields:
        for sentence in form.errors.get(name, ()):
            shown = form[name]
            if not shown.is_hidden:
                yield Wrong(shown.id_for_label or shown.auto_id, f"{before}{shown.label}", str(sentence))
