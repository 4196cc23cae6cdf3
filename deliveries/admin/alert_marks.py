"""What lists and pages show of one alert: labels that lead to all that have them, where it was told, who is at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from deliveries.accept import ghosts
from deliveries.admin import words
from deliveries.admin.whereabouts import Whereabouts
from deliveries.models import Alert, carried
from routing import rulebook
from routing.admin import marks
from routing.admin.forgiving import LONGEST_SEARCH
from routing.rules import silencing
from routing.rules.matchers.matcher import written

UNHEARD = (
    "It was not heard of for longer than its source repeats: silenced or relabelled at its sender, it left its group "
    "without a resolved, or its sender is silent."
)
SAID = ("alertname", "severity")
"""Labels that stand beside the name in any case."""
_LABELS_SHOWN = 8
_LONGEST_LABEL = 60
_TARGETS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Label:
    """`link` leads to all alerts that have it; "" where a search cannot say it."""

    name: str
    value: str
    link: str

    @property
    def text(self) -> str:
        return f"{self.name}={self.value}"[:_LONGEST_LABEL]


def labels(found: Mapping[str, str], said: Collection[str] = SAID, most: int = _LABELS_SHOWN) -> list[Label]:
    return [Label(name, value, _search(name, value)) for name, value in found.items() if name not in said][:most]


def _search(name: str, value: str) -> str:
    asked = written(name, "=", value)
    is_sayable = value and not set(value) & set('"\\\n') and len(asked) <= LONGEST_SEARCH
    return f"{reverse('admin:deliveries_alert_changelist')}?{urlencode({'q': asked})}" if is_sayable else ""


def chips(found: Mapping[str, str], said: Collection[str] = SAID) -> SafeString:
    """Labels beside a name; a click looks for all that have them too."""
    linked = [(one.link, one.text) for one in labels(found, said) if one.link]
    link = '<a class="ah-labelled" href="{}" title="Alerts with this label">{}</a>'
    return format_html('<span class="ah-labels">{}</span>', format_html_join("", link, linked))


def told(found: Whereabouts) -> SafeString | str:
    """The targets it was told to, with what became of it where it is not in the room."""
    if not found.told:
        return "nobody"
    shown = format_html_join(
        ", ",
        "{}{}",
        (
            (
                one.delivery.target_name,
                "" if carried.of(one.delivery) in carried.TOLD else format_html(" {}", words.state(one.delivery)),
            )
            for one in found.told[:_TARGETS_NAMED]
            if one.delivery is not None
        ),
    )
    more = len(found.told) - _TARGETS_NAMED
    return format_html("{} and {} more", shown, more) if more > 0 else shown


def badges(alert: Alert, found: Whereabouts, now: datetime) -> Iterator[SafeString]:
    """Who is at it, what keeps it back, what silences it, whether it was heard of lately.

    By the silences in memory, which the page brought up to date once and not for each alert.
    """
    if found.acknowledgement:
        yield marks.badge(f"{found.acknowledgement.by} is at it", "blue", found.acknowledgement.comment)
    quiet = silencing.covering(alert.labels, rulebook.held().quiets, now) if alert.status == "firing" else None
    if found.kept_back and alert.status == "firing":
        yield marks.badge(found.kept_back.get_outcome_display(), "orange", found.kept_back.why)
    elif quiet is not None:
        ends = f"{quiet}, until {quiet.ends_at:%d %b %H:%M} UTC, of {quiet.author}: {quiet.comment}"
        yield marks.badge("silenced", "orange", ends[:300])
    if ghosts.is_unheard(alert, now):
        yield format_html("{} {}", marks.badge("not heard of lately", "orange", UNHEARD), _heard(alert))
    elif alert.status == "closed":
        yield format_html("{} {}", marks.badge("closed unheard", "plain", UNHEARD), _heard(alert))


def _heard(alert: Alert) -> SafeString:
    return format_html('<span class="ah-quiet">last heard {}</span>', marks.moment(alert.last_seen_at, brief=True))
