"""Links of a message: addresses that are safe to follow, behind AlertHub's own words or an annotation's name."""

from __future__ import annotations

from urllib.parse import quote

from deliveries.alertmanager import IncomingAlert, quoted_receiver
from deliveries.messages import notes, safe
from deliveries.messages.addresses import address
from deliveries.messages.fit import units
from deliveries.messages.story import Story

_LONGEST_LIST = 300  # characters of address
_TRAIL = "AlertHub trail"
_NEEDED_FIRST = ("runbook", "playbook", "dashboard", "panel")
_ALERTS_READ = 20
_MOST_NAMES = 8
_MOST_OF_A_NAME = 3


def link(label: str, url: str) -> str:
    """Words that lead somewhere: the label is any text, the URL one of `address`. "" when either says nothing."""
    words = safe.label(label)
    return f"[{words}]({url})" if words and url else ""


def alertmanager(story: Story) -> str:
    base = address(story.external_url)
    if not base or "#" in base or "?" in base:
        return ""
    return address(f"{base.rstrip('/')}/#/alerts?receiver={quote(quoted_receiver(story.receiver), safe='')}")


def source(story: Story) -> str:
    """The expression behind the alerts, when all of them share one."""
    urls = {alert.generator_url for alert in story.alerts}
    return address(urls.pop()) if len(urls) == 1 else ""


def main(story: Story) -> str:
    """Where the card's title leads."""
    if story.is_test:
        return address(story.trail_url)
    first = story.alerts[0].generator_url if story.alerts else ""
    return source(story) or alertmanager(story) or address(first)


def line(story: Story, limit: int) -> str:
    """The links that fit into limit UTF-16 units, the most needed first."""
    trail = link(_TRAIL, address(story.trail_url))
    trail = trail if units(trail) + 3 <= limit else ""
    limit -= units(trail) + 3
    kept: dict[str, str] = {}
    for label, url in [*_annotated(story), ("Source", source(story)), ("Alertmanager", alertmanager(story))]:
        shown = link(label, url)
        if shown and url not in kept and units(shown) + 3 <= limit:
            kept[url] = shown
            limit -= units(shown) + 3
    return " · ".join([*kept.values(), *([trail] if trail else [])])


def full_list(url: str, longest: int = _LONGEST_LIST) -> str:
    """Where all is listed that a message had no room for; an address has at most `longest` characters of it."""
    url = address(url)
    return link("full list", url) if 0 < len(url) <= min(longest, _LONGEST_LIST) else "full list: see AlertHub"


def _annotated(story: Story) -> list[tuple[str, str]]:
    """Those of the alerts' annotations under their names: runbooks, dashboards, the others as they came."""
    named: dict[str, dict[str, None]] = {}
    for alert in story.alerts[:_ALERTS_READ]:
        for name, url in _addresses(alert).items():
            named.setdefault(notes.label(name), {})[url] = None
    found: list[tuple[str, str]] = []
    for label in sorted(named, key=_place)[:_MOST_NAMES]:
        urls = [url for url in named[label] if url not in (known for _, known in found)]
        numbered = len(urls) > 1
        found += [
            (f"{label} {number}" if numbered else label, url)
            for number, url in enumerate(urls[:_MOST_OF_A_NAME], start=1)
        ]
    return found


def _addresses(alert: IncomingAlert) -> dict[str, str]:
    told = notes.notes_of(alert)
    if alert.status == "resolved":
        told.pop("silenceURL", None)
    return {name: url for name, text in told.items() if (url := notes.address_of(name, text))}


def _place(label: str) -> int:
    folded = label.lower()
    return next((place for place, word in enumerate(_NEEDED_FIRST) if word in folded), len(_NEEDED_FIRST))
