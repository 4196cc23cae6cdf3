"""Where an alert's annotations lead: runbooks, dashboards, and what else is an http(s) address. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deliveries.messages import notes
from deliveries.messages.addresses import address

_FIRST = (("runbook", "playbook"), ("dashboard",), ("panel",))
_MOST = 6
_LONGEST_LABEL = 30

Annotations = Mapping[str, str]


def links(annotations: Annotations, generator_url: str = "") -> list[tuple[str, str]]:
    """(what it is, address), the most needed first, each address once; "Graph" is the expression behind the alert."""
    named = [(_label(name), notes.address_of(name, text)) for name, text in annotations.items()]
    named = sorted(named, key=lambda pair: _place(pair[0]))
    found: dict[str, str] = {}
    runbooks = sum(_place(label) == 0 for label, _ in named)
    for label, url in [*named[:runbooks], ("Graph", address(generator_url)), *named[runbooks:]]:
        if url:
            found.setdefault(url, label)
    return [(label, url) for url, label in found.items()][:_MOST]


def runbook(annotations: Iterable[Annotations]) -> str:
    """The one runbook that these alerts name; "" where there is none, or more than one."""
    found = {
        url
        for each in annotations
        for name, text in each.items()
        if _place(_label(name)) == 0 and (url := notes.address_of(name, text))
    }
    return found.pop() if len(found) == 1 else ""


def value(name: str, text: str) -> tuple[str, str]:
    """The text of an annotation, and where it leads as a whole; "" for what is text."""
    return text, notes.address_of(name, text)


def _label(name: str) -> str:
    label = notes.label(name)
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _place(label: str) -> int:
    folded = label.lower()
    return next((place for place, words in enumerate(_FIRST) if any(map(folded.__contains__, words))), len(_FIRST))
