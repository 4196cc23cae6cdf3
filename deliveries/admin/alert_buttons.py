"""What can be done about alerts, as buttons: where they lead, silencing what they share, acknowledging them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from deliveries.admin import alert_acts, leading, shared
from deliveries.models import Alert

_LINKS_SHOWN = 6
_LASTING = (("1h", "Silence 1 h"), ("4h", "4 h"), ("custom", "until …"))


@dataclass(frozen=True, slots=True)
class Buttons:
    """`acknowledge` is the address that takes a POST; "" for who may not, or where nothing fires that nobody is at."""

    links: list[tuple[str, str]]
    silences: list[tuple[str, str]]
    acknowledge: str

    @property
    def is_empty(self) -> bool:
        return not (self.links or self.silences or self.acknowledge)


def of(alerts: Sequence[Alert], request: HttpRequest, acknowledged: int = 0) -> Buttons:
    """`acknowledged`: at how many of those that fire somebody is already."""
    firing = [alert for alert in alerts if alert.status == "firing"]
    links: dict[str, str] = {}
    for alert in alerts:
        for label, url in leading.links(alert.annotations, alert.generator_url):
            links.setdefault(url, label)
    may_acknowledge = len(firing) > acknowledged and request.user.has_perm("deliveries.acknowledge_alert")
    return Buttons(
        links=[(label, url) for url, label in links.items()][:_LINKS_SHOWN],
        silences=_silences(firing) if firing and request.user.has_perm("routing.add_silence") else [],
        acknowledge=reverse("admin:deliveries_alert_acknowledge_chosen") if may_acknowledge else "",
    )


def _silences(firing: Sequence[Alert]) -> list[tuple[str, str]]:
    """The form of a new silence with what they share; whoever comes from here has only to say why."""
    matchers = shared.matchers([alert.labels for alert in firing])
    return [(words, alert_acts.silence_url(matchers, lasts=length)) for length, words in _LASTING]
