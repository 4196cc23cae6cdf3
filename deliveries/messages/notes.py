"""What an alert says in its annotations and in Grafana's fields: sentences, addresses, and whatever else there is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import safe
from deliveries.messages.addresses import address
from deliveries.messages.fit import cut, units

Notes = Mapping[str, str]
"""Name -> text, in the order they came."""

_SENTENCES = ("summary", "message", "description")
# Where there is no summary, in this order: Falco's is its rule, and info what happened; title is a summary to many.
_INSTEAD = ("summary", "message", "title", "description", "info")
_LONGEST_SENTENCES = 1000  # UTF-16 units each
_LONGEST = 200  # of anything else, with its name
_MOST = 10  # of anything else
_SMALLEST = 40
_SHORT = 120
_NAMES_ITS_ADDRESS = re.compile(r"[ _-]*(?:url|uri|link|href)s?\Z", re.IGNORECASE)
_MAY_HOLD_SPACES = re.compile(
    r"(?:url|uri|link|href)s?\Z|runbook|playbook|dashboard|panel|logs|wiki|docs?\b", re.IGNORECASE
)
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|[ _-]+")
# A name and a password: no secret gets into a room.
_USER = re.compile(r"(?<=://)[^/\s@]+@")


def notes_of(alert: IncomingAlert) -> dict[str, str]:
    """All that it says. Grafana's fields stand after the annotations, what programs tell programs at the end."""
    told = {name: text for name, text in alert.annotations.items() if text.strip()}
    inner = [name for name in told if name.startswith("__")]
    told |= {name: text for name, text in alert.grafana_fields.items() if name not in told}
    return told | {name: told.pop(name) for name in inner}


def address_of(name: str, text: str) -> str:
    """Where an annotation leads; "" for what is text.

    A space belongs to an address where its name says that it is one, or after a "?"; else it ends the address, and what
    follows are words.
    """
    text = text.strip()
    if text[:4].lower() != "http":
        return ""
    space = text.find(" ")
    if space >= 0 and not (_MAY_HOLD_SPACES.search(name) or "?" in text[:space]):
        return ""
    return address(text)


def label(name: str) -> str:
    """As people write it: "runbook_url" is "Runbook", "silenceURL" "Silence", "current_value" "Current value"."""
    bare = _NAMES_ITS_ADDRESS.sub("", name).strip("_- ") or name
    words = [word if word.isupper() else word.lower() for word in _WORDS.split(bare) if word]
    shown = " ".join(words) or name
    return shown[:1].upper() + shown[1:]


def sentences(told: Notes, said: Collection[str] = ()) -> list[str]:
    """Summary, message and description, each once, without those that are said already, such as the alert's name."""
    # Also where it is written Summary; an address is a link and no sentence.
    named = {
        name.lower(): text for name, text in told.items() if text[:4].lower() != "http" or not address_of(name, text)
    }
    found = [named.get(each, "") for each in _SENTENCES]
    if not found[0]:
        found = [next((text for each in _INSTEAD if (text := named.get(each, ""))), ""), *found]
    return [text for text in dict.fromkeys(each.strip() for each in found) if text and text not in said]


def summary(told: Notes, said: Collection[str] = ()) -> str:
    return next(iter(sentences(told, said)), "")


def summaries(alerts: Iterable[IncomingAlert], most: int) -> list[str]:
    """What they say, each once, "" for nothing, in their order; more than `most` where there are more."""
    found: dict[str, None] = {}
    before: IncomingAlert | None = None
    for alert in alerts:
        if before is not None and alert.annotations == before.annotations and alert.name == before.name:
            continue
        found[summary(notes_of(alert), (alert.name,))] = None
        before = alert
        if len(found) > most:
            break
    return list(found)


def lines(told: Notes, limit: int, line_break: str, said: Collection[str] = ()) -> list[str]:
    """All of it but the links: the sentences, then a line for each of the others, together at most limit units."""
    shown: list[str] = []
    texts = sentences(told, said)
    room = limit
    for text in texts:
        if room < _SMALLEST:
            break
        line = safe.prose(text, min(_LONGEST_SENTENCES, limit // 2, room), line_break)
        shown += [line] if line else []
        room -= units(line) + units(line_break)
    return [*shown, *others(told, room, units(line_break), said)]


def short(told: Notes, said: Collection[str] = ()) -> str:
    """All in one line of a list: the summary, and what else there is as far as it fits."""
    summed_up = safe.prose(summary(told, said), _SHORT)
    return "; ".join([*([summed_up] if summed_up else []), *others(told, _SHORT - units(summed_up) // 2, 2, said)])


def others(told: Notes, limit: int, between: int, said: Collection[str] = ()) -> list[str]:
    """What is neither sentence nor link, "Impact: nobody can pay"; what finds no room is counted."""
    known = {*sentences(told), *said}
    left = {each: text for each, text in told.items() if text.strip() not in known and not address_of(each, text)}
    shown: list[str] = []
    for number, (each, text) in enumerate(left.items()):
        line = _line(each, text, min(_LONGEST, limit))
        if number == _MOST or limit < _SMALLEST or units(line) > limit:
            count = len(left) - number
            more = f"+{count} annotation{'s' if count != 1 else ''}"
            shown += [more] if units(more) <= limit else []
            break
        shown += [line] if line else []
        limit -= units(line) + between
    return shown


def _line(name: str, text: str, limit: int) -> str:
    front = safe.name(cut(label(safe.clean(name)), _SMALLEST))
    told = safe.prose(_USER.sub("", text), limit - units(front) - 2)
    return f"{front}: {told}" if front and told else told
