"""A rule as a sentence of its list: if this, then that, and when. All of it is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from routing.admin import marks
from routing.models import Rule, TimeWindow
from routing.rules import matchers

_MATCHERS_SHOWN, _TARGETS_SHOWN = 8, 6
_SHORT, _LONGEST = 40, 200
_AND = mark_safe(' <span class="ah-quiet">and</span> ')
_MAY_BREAK = re.compile(r"([|,./])")


def condition(rule: Rule) -> SafeString | str:
    """Which alerts, each matcher in one piece."""
    if rule.is_fallback:
        return "no other rule takes it"
    parts = [*([_severities(rule)] if rule.severities else []), *_matchers(rule.matchers)]
    if not parts:
        return mark_safe('<span class="ah-strong">any alert</span>')
    return format_html_join(_AND, "{}", ((part,) for part in parts))


def consequence(rule: Rule) -> SafeString:
    """Who is told, and whether later rules are tried. `rule` comes with its targets and its template."""
    further = [
        *([format_html("as {}", rule.template)] if rule.template and not rule.records_only else []),
        *(["without resolved"] if not rule.sends_resolved and not rule.records_only else []),
        *(["then stop"] if not rule.is_fallback and not rule.continues else []),
    ]
    quiet = format_html_join("", ", {}", ((part,) for part in further))
    goes_on = marks.badge("then go on", "blue", "Later rules are tried too") if rule.continues else ""
    return format_html('{}<span class="ah-quiet">{}</span> {}', _told(rule), quiet, goes_on)


def times(rule: Rule, *, is_silent: bool) -> SafeString | str:
    """Its windows by name. `rule` comes with them."""
    active, muted = list(rule.active_windows.all()), list(rule.muted_windows.all())
    if not active and not muted:
        return mark_safe('<span class="ah-quiet ah-always">at any time</span>')
    said = [
        *([format_html("only in {}", _names(active))] if active else []),
        *([format_html("not in {}", _names(muted))] if muted else []),
    ]
    silent = marks.badge("silent now", "orange") if is_silent else ""
    return format_html("{} {}", format_html_join(", ", "{}", ((each,) for each in said)), silent)


def _severities(rule: Rule) -> SafeString | str:
    return format_html_join(" or ", "{}", ((marks.severity(word),) for word in rule.severities))


def _matchers(text: str) -> list[SafeString]:
    try:
        written = [str(each) for each in matchers.parse(text)]
    except matchers.MatcherError:
        written = [line.strip() for line in text.splitlines() if line.strip()]
    shown = [_matcher(each) for each in written[:_MATCHERS_SHOWN]]
    more = len(written) - len(shown)
    return [*shown, *([format_html('<span class="ah-quiet">{} more</span>', more)] if more else [])]


def _matcher(text: str) -> SafeString:
    """In one line if it is short; a long one breaks after a bar, a comma, a dot or a slash, and not within a word."""
    if len(text) <= _SHORT:
        return format_html('<code class="ah-code ah-matcher">{}</code>', text)
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    broken = format_html_join("", "{}{}", ((part, _break(part)) for part in _MAY_BREAK.split(cut)))
    return format_html('<code class="ah-code" title="{}">{}</code>', text[:1000], broken)


def _break(part: str) -> SafeString | str:
    return mark_safe("<wbr>") if _MAY_BREAK.fullmatch(part) else ""


def _told(rule: Rule) -> SafeString:
    if rule.records_only:
        return format_html("tell {}", marks.badge("nobody, on purpose", "plain", "It only records"))
    targets = list(rule.targets.all())
    if not targets:
        return format_html("tell {}", marks.badge("nobody", "red", "Choose a target, or nobody is told"))
    pages = ((reverse("admin:routing_target_change", args=[one.pk]), one.name) for one in targets[:_TARGETS_SHOWN])
    names = format_html_join(", ", '<a class="ah-strong ah-told" href="{}">{}</a>', pages)
    more = len(targets) - _TARGETS_SHOWN
    return format_html("tell {}{}", names, f" and {more} more" if more > 0 else "")


def _names(windows: Iterable[TimeWindow]) -> SafeString:
    pages = ((reverse("admin:routing_timewindow_change", args=[row.pk]), row.name) for row in windows)
    return format_html_join(", ", '<a class="ah-link" href="{}">{}</a>', pages)
