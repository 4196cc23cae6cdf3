"""What a template may do with a value, and the rule that whatever an alert says is made harmless before it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Undefined
from jinja2.filters import FILTERS

from deliveries.messages import links, safe
from deliveries.messages.addresses import address
from deliveries.messages.fit import BREAK
from deliveries.templating import limits

_LONGEST_VALUE = 2_000
_EYES = ":;="  # ":*" is an emoticon
_CODE_IN_A_WORD = re.compile(r"^(?:[^`]|`[^`]*`)*?[^\s`]`[^`]*`")
# Of Jinja2's own: those that neither reach into objects nor make much out of little.
_KEPT = (
    "default", "d", "length", "count", "lower", "upper", "title", "capitalize", "first", "last", "sort", "unique",
    "dictsort", "items", "selectattr", "rejectattr", "select", "reject", "groupby", "trim", "round", "int", "list",
    "truncate", "min", "max", "sum", "abs",
)  # fmt: skip


class Harmless(str):
    """Text that was made harmless already, or that the template's author wrote."""

    __slots__ = ()


def shown(value: Any) -> str:
    """What stands for a value in the message: no mention, no markup, no link of somebody else's making."""
    if isinstance(value, Harmless):
        return value
    if value is None or isinstance(value, Undefined) or callable(value):
        return ""
    text = limits.text(value)
    return Harmless(safe.prose(text, _LONGEST_VALUE, BREAK))


def code(value: Any) -> str:
    return Harmless(safe.code(limits.text(value)))


def bold(value: Any) -> str:
    text = shown(value).replace(BREAK, " ")  # bold ends with its line
    # Within bold, Rocket.Chat's parser knows code only behind a space: elsewhere its marks would be shown.
    if not text or _CODE_IN_A_WORD.search(text):
        return Harmless(text)
    return Harmless(f"*{text}{safe.JOINER if text[-1] in _EYES else ''}*")


def link(url: Any, label: Any = "link") -> str:
    """A link behind the author's words; nothing for what is no http address."""
    return Harmless(links.link(limits.text(label), address(limits.text(url))))


def join(values: Any, between: Any = "") -> str:
    """Each value made harmless; what stands between is the author's."""
    return Harmless(limits.joined((shown(value) for value in limits.each(values)), limits.text(between)))


def replace(value: Any, old: Any, new: Any) -> str:
    text, was, becomes = limits.text(value), limits.text(old), limits.text(new)
    limits.bounded("x" * min(len(text) + text.count(was) * len(becomes), limits.LONGEST + 1))
    return text.replace(was, becomes)


def string(value: Any) -> str:
    return limits.text(value)


def concat(values: Any) -> str:
    """The operator ~."""
    if all(isinstance(value, Harmless) for value in values):
        return Harmless(limits.joined(values))
    return limits.joined(values)


def filters() -> Mapping[str, Callable[..., Any]]:
    own = {"code": code, "bold": bold, "link": link, "join": join, "replace": replace, "string": string,
           "_concat": concat, "_each": limits.each}  # fmt: skip
    return {name: FILTERS[name] for name in _KEPT} | own
