"""Links of a message: only http(s) addresses that parse, only behind our own fixed words."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from deliveries.alertmanager import IncomingAlert, quoted_receiver
from deliveries.messages import safe
from deliveries.messages.fit import units
from deliveries.messages.memory import for_short_texts
from deliveries.messages.story import Story

MAX_URL = 2000  # longer ones would fill the message, and a cut one leads nowhere
_VISIBLE = re.compile(r"[^\s\x00-\x1f\x7f\\]+")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
# Rocket.Chat refuses the whole message for one bad address, and brackets or quotes would end a Markdown link.
_KEPT = "%/:?#&=+,;-._"
# At the end of an address and before a bracket, older servers take these for the sentence's.
_AT_THE_END = re.compile(r"[%:=,;.~]+\Z")
_EMPTY_VALUE = re.compile(r"([?&][^?&=]*)=\Z")
_LONGEST_LIST = 300  # characters of address
_TRAIL = "AlertHub trail"
_RUNBOOK = ("runbook_url", "runbook")
_DASHBOARD = ("dashboard_url", "dashboard")


@for_short_texts
def address(url: str) -> str:
    """The address made safe to put in a message, or "" when it is not one to follow."""
    url = url.strip()
    if not url or len(url) > MAX_URL or not _VISIBLE.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    # A user name before the host is a secret or a disguise.
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        return ""
    rest = url[url.index("//") + 2 + len(parts.netloc) :]
    if parts.netloc.endswith(".") and not rest:
        rest = "/"
    safe_rest = _ended(quote(rest.encode("utf-8", "replace"), safe=_KEPT))
    found = f"{parts.scheme}://{parts.netloc}{safe_rest}"
    return found if len(found) <= MAX_URL else ""


def _ended(rest: str) -> str:
    """The same, with an end that no reader leaves out of the link."""
    rest = _EMPTY_VALUE.sub(r"\1", rest)
    return _AT_THE_END.sub(lambda found: "".join(f"%{ord(each):02X}" for each in found.group()), rest)


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
    wanted = [(_TRAIL, address(story.trail_url)), *_annotated("Runbook", _RUNBOOK, story.alerts)]
    wanted += _annotated("Dashboard", _DASHBOARD, story.alerts)
    wanted += [("Source", source(story)), ("Alertmanager", alertmanager(story))]
    kept: dict[str, str] = {}
    for label, url in wanted:
        shown = link(label, url)
        if shown and units(shown) + 3 <= limit:
            kept[label] = shown
            limit -= units(shown) + 3
    trail = kept.pop(_TRAIL, "")  # measured first, shown last: people open the runbook first
    return " · ".join([*kept.values(), *([trail] if trail else [])])


def full_list(url: str, longest: int = _LONGEST_LIST) -> str:
    """Where all is listed that a message had no room for; an address has at most `longest` characters of it."""
    url = address(url)
    return link("full list", url) if 0 < len(url) <= min(longest, _LONGEST_LIST) else "full list: see AlertHub"


def _annotated(label: str, names: tuple[str, ...], alerts: tuple[IncomingAlert, ...]) -> list[tuple[str, str]]:
    found: list[str] = []
    for alert in alerts[:20]:
        given = (alert.annotations[name] for name in names if name in alert.annotations)
        url = next((url for each in given if (url := address(each))), "")
        if url and url not in found:
            found.append(url)
    if len(found) < 2:
        return [(label, url) for url in found]
    return [(f"{label} {number}", url) for number, url in enumerate(found[:3], start=1)]
