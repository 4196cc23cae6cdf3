"""What to look at when there is time: findings about settings, rules, targets and silences, and silences that end soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deliveries.admin.home.addresses import deliveries
from deliveries.figures.day import Day
from deliveries.foresight import findings
from routing.admin import marks
from routing.models import Target
from routing.rulebook import Book

_FINDINGS_SHOWN = 10
_SILENCES_SHOWN = 5
_ENDS_SOON = timedelta(hours=2)

Look = tuple[str, str, SafeString | str]
"""(address, what it is, what is to be said); a setting has no address."""


def at(request: HttpRequest, day: Day, targets: list[Target], book: Book, now: datetime, *, set_up: bool) -> list[Look]:
    """For who may see the rules. `targets` are all there are, `book` the rules in force; `set_up`: the first steps stand
    on the page and say what they say."""
    if not request.user.has_perm("routing.view_rule"):
        return []
    found = [] if set_up else list(_nobody_hears(request, targets))
    found += _by_fallback(day, book)
    if request.user.has_perm("routing.view_silence"):
        found += _silences(book, now)
    return found + [
        (
            "" if row_id is None else reverse(f"admin:routing_{kind}_change", args=[row_id]),
            f"{kind.capitalize()} {name}",
            sentence,
        )
        for kind, row_id, name, sentence in findings.in_all(now, targets, book)[:_FINDINGS_SHOWN]
        if not (set_up and kind == "setting")
    ]


def _nobody_hears(request: HttpRequest, targets: list[Target]) -> Iterator[Look]:
    if not any(target.hears_troubles and target.enabled for target in targets):
        yield (
            reverse("admin:routing_target_changelist") if request.user.has_perm("routing.view_target") else "",
            "Nobody is told of AlertHub's own troubles",
            "open a target and tick “hears AlertHub's own troubles”, best two in different rooms.",
        )


def _by_fallback(day: Day, book: Book) -> Iterator[Look]:
    fallback = next((route.rule_id for route in book.routes if route.is_fallback), None)
    if day.whole.by_fallback and fallback is not None:
        what = "delivery" if day.whole.by_fallback == 1 else "deliveries"
        yield (
            deliveries(hours=24, rule__id__exact=fallback),
            f"{day.whole.by_fallback} {what} by the fallback rule",
            "in 24 h no other rule fitted.",
        )


def _silences(book: Book, now: datetime) -> Iterator[Look]:
    """Those that end soon: what they cover will be heard of again."""
    ending = [quiet for quiet in book.quiets if quiet.starts_at <= now < quiet.ends_at <= now + _ENDS_SOON]
    for quiet in sorted(ending, key=lambda quiet: quiet.ends_at)[:_SILENCES_SHOWN]:
        yield (
            reverse("admin:routing_silence_change", args=[quiet.silence_id]),
            f"Silence {quiet}",
            format_html("ends at {}; what it covers is heard of again then.", marks.clock(quiet.ends_at, now)),
        )
