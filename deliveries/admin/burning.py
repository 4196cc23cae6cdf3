"""What burns, as pages show it: how many by severity, and groups with since when, where they were told and who is at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from deliveries.figures import burning
from deliveries.figures.burning import OTHER, By, Group, Tally, Told
from deliveries.messages.words import duration
from deliveries.models import Alert, Delivery, carried
from routing.admin import marks
from routing.rules.severity import ORDER

_GROUPS_SHOWN = 5
_TARGETS_NAMED = 2
_PEOPLE_NAMED = 2
_LONGEST_NAME = 120
_OTHERS_ASKED = 20
_OF_HOME = ("told to nobody", "acknowledged", "silenced", "not heard of lately")
_TONES = {"critical": "red", "warning": "orange", "info": "blue"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A figure that leads to its alerts."""

    count: int
    words: str
    link: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """One group, in words. `key` and `by` name it in forms and addresses."""

    group: Group
    by: By
    name: str
    severity: SafeString | str
    tone: str
    since: str
    began: SafeString | str
    told: str
    people: str
    link: str
    silence: str

    @property
    def key(self) -> str:
        return key_of(self.group)

    @property
    def by_word(self) -> str:
        return self.by.word


def block(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The context of `deliveries/burning.html`; `burning` is None for who may not see alerts."""
    if not request.user.has_perm("deliveries.view_alert"):
        return {"burning": None}
    found, by = burning.of(now), By()
    return {
        "burning": {
            "count": found.whole.count,
            "severities": list(severities(found.whole)),
            "states": [chip for chip in states(found.whole) if chip.count and chip.words in _OF_HOME],
            "lines": lines(found.groups[:_GROUPS_SHOWN], by, now),
            "more": max(0, len(found.groups) - _GROUPS_SHOWN),
            "calm": "" if found.whole.count else _calm(now),
            "list": address(),
            "may_acknowledge": request.user.has_perm("deliveries.acknowledge_alert"),
            "may_silence": request.user.has_perm("routing.add_silence"),
            "acknowledge": reverse("admin:deliveries_alert_acknowledge_chosen"),
            "back": reverse("admin:index"),
        }
    }


def severities(tally: Tally) -> Iterator[Chip]:
    """Critical and warning always; the others where there are any."""
    for word, count in tally.by_severity.items():
        if count or word in ("critical", "warning"):
            others = [other or "(none)" for other in tally.severities if other not in ORDER]
            asked = sorted(others)[:_OTHERS_ASKED] if word == OTHER else word
            yield Chip(count, word, address(severity=asked), _TONES.get(word, "plain"))


def states(tally: Tally) -> Iterator[Chip]:
    """What was told, who is at it, what is silenced, what was not heard of; each leads to its alerts."""
    yield Chip(tally.untold, "told to nobody", address(attention="untold"))
    yield Chip(tally.at_nobody, "nobody at it", address(attention="open"))
    yield Chip(tally.acknowledged, "acknowledged", address(attention="acknowledged"))
    yield Chip(tally.silenced, "silenced", address(attention="kept_back"))
    yield Chip(tally.unheard, "not heard of lately", address(attention="unheard"))


def lines(groups: Sequence[Group], by: By, now: datetime) -> list[Line]:
    """Three or four statements, however many groups there are."""
    keys = [group.key for group in groups]
    told = burning.told(by, keys) if keys else {}
    names = burning.titles(by, keys) if keys else {}
    return [_line(group, by, names.get(group.key, ""), told.get(group.key, Told()), now) for group in groups]


def _line(group: Group, by: By, name: str, told: Told, now: datetime) -> Line:
    return Line(
        group=group,
        by=by,
        name=_cut(name) or _NAMELESS[by.what],
        severity=marks.severity(group.severity),
        tone=_TONES.get(group.severity, "plain"),
        since=duration(group.since, now) or "now",
        began=marks.moment(group.since, brief=True),
        told=_told(group, told),
        people=_people(group, told),
        link=address(**chosen(by, group)),
        silence=f"{reverse('admin:deliveries_alert_silence_chosen')}?{urlencode(chosen(by, group))}",
    )


_NAMELESS = {"name": "(no alert name)", "group": "(no group)", "label": "(without this label)"}


def chosen(by: By, group: Group) -> dict[str, str]:
    """The parameters that name a group in an address."""
    return {"group": by.word, "key": key_of(group)}


def key_of(group: Group) -> str:
    return "" if group.key is None else str(group.key)


def _told(group: Group, told: Told) -> str:
    """ "ops, web (held) and 2 more": the targets, with what became of it where that is not known to be well."""
    if not told.targets:
        return "told to nobody"
    named = [f"{_cut(name, 40)}{_state(states)}" for name, states in list(told.targets.items())[:_TARGETS_NAMED]]
    more = len(told.targets) - len(named)
    shown = "told to " + ", ".join(named) + (f" and {more} more" if more else "")
    return shown + (f"; {group.untold} of {group.count} to nobody" if group.untold else "")


def _state(states: set[str]) -> str:
    """The worst of them, in brackets; nothing where all are in the room."""
    for state in (Delivery.State.REJECTED, Delivery.State.EXPIRED, Delivery.State.HELD, Delivery.State.WAITING):
        if state in states:
            return f" ({state.label})"
    return "" if states & set(carried.TOLD) else " (on its way)"


def _people(group: Group, told: Told) -> str:
    """ "ann is at it", "ann at 3 of 8"."""
    if not told.people:
        return "silenced" if group.silenced == group.count else "nobody at it"
    named = [_cut(person, 30) for person, _ in told.people.most_common(_PEOPLE_NAMED)]
    more = len(told.people) - len(named)
    who = ", ".join(named) + (f" and {more} more" if more else "")
    count = sum(told.people.values())
    return f"{who} at {count} of {group.count}" if count < group.count else f"{who} at it"


def _calm(now: datetime) -> str:
    """Nothing fires, and since when."""
    last = Alert.objects.exclude(status="firing").order_by("-last_seen_at").first()
    if last is None:
        return "Nothing fires now."
    return f"Nothing fires now. {_cut(str(last))} was the last, {duration(last.last_seen_at, now) or 'a moment'} ago."


def address(**asked: Any) -> str:
    """The list of alerts, narrowed."""
    query = urlencode(asked, doseq=True)
    return f"{reverse('admin:deliveries_alert_changelist')}{'?' if query else ''}{query}"


def _cut(text: str, longest: int = _LONGEST_NAME) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
