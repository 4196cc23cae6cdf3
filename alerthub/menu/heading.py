"""What a page is called, and what it stands in: for the heading, the way back and the browser's title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.db.models import Model
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.text import Truncator, capfirst

from alerthub.menu import items
from alerthub.menu.items import Item

_LONGEST = 120
_GENERIC = ("Change ", "View ")
_SITE = "AlertHub"


@dataclass(frozen=True, slots=True)
class Heading:
    """`title` names the page; `way` leads to it as (words, address), the next page above it last."""

    title: str
    way: tuple[tuple[str, str], ...] = ()

    @property
    def back(self) -> tuple[str, str] | None:
        return self.way[-1] if self.way else None


def of(context: Mapping[str, Any], path: str) -> Heading:
    """`context` is that of an admin page: `cl`, `original` or `object`, `opts`, `title` and `subtitle`, all optional."""
    item = items.of(path)
    title = str(context.get("title") or "")
    if item is not None and path == item.link:
        return Heading(item.title)
    listed = _list(item, context.get("opts"))
    if "cl" in context:
        return Heading(listed[0] if listed else title)
    way = (listed,) if listed else ()
    row = context.get("original") or context.get("object")
    if not isinstance(row, Model) or row.pk is None:
        return Heading(_of_new(title), way)
    name, page = str(row), _page(row)
    if path == page or not page:
        return Heading(_cut(name if title.startswith(_GENERIC) else title), way)
    # The name stands before it already.
    deed = title.removesuffix(f" of {name}").removesuffix(f": {name}")
    return Heading(_cut(deed), (*way, (_cut(name), page)))


def of_page(context: Context) -> Heading:
    """The same for a page that is drawn; its way back keeps what the list was filtered by."""
    values: dict[str, Any] = dict(context.flatten())  # type: ignore[arg-type]  # its keys are names
    found = of(values, context["request"].path)
    opts = values.get("opts")
    if not opts or not found.way or found.way[0][1] != _address(opts, "changelist"):
        return found
    (words, address), *others = found.way
    return Heading(found.title, ((words, add_preserved_filters(values, address)), *others))


def in_browser(heading: Heading) -> str:
    """The title of a window or a tab: "Rules · AlertHub", "Delete · Web · AlertHub"."""
    above = [words for words, _ in heading.way[1:]]
    return " · ".join(dict.fromkeys(part for part in (heading.title, *above, _SITE) if part))


def _list(item: Item | None, opts: Any) -> tuple[str, str] | None:
    """The list that a page belongs to: that of the menu, or the model's own."""
    if item is not None:
        return item.title, item.link
    address = _address(opts, "changelist") if opts else ""
    return (capfirst(str(opts.verbose_name_plural)), address) if address else None


def _page(row: Model) -> str:
    return _address(row._meta, "change", row.pk)


def _address(opts: Any, what: str, *args: Any) -> str:
    try:
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{what}", args=args)
    except NoReverseMatch:
        return ""


def _of_new(title: str) -> str:
    return f"New {title.removeprefix('Add ')}" if title.startswith("Add ") else title


def _cut(text: str) -> str:
    return Truncator(text).chars(_LONGEST)
