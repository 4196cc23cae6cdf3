"""Time windows: the times in which rules speak or are silent, drawn as a week."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display

from routing.admin import marks, week
from routing.admin.labelled import LabelledForm
from routing.admin.remembered import Remembered
from routing.inputs import bounds
from routing.models import Rule, TimeInterval, TimeWindow
from routing.models.window import WindowIsUsed
from routing.rules.windows import Window, WindowError


class TimeIntervalInline(TabularInline):
    model = TimeInterval
    form = LabelledForm
    fields = ["times", "weekdays", "days_of_month", "months", "years", "location"]
    extra = 1
    max_num = bounds.MOST_INTERVALS
    hide_title = True
    verbose_name_plural = "Intervals: the window holds in any of them; in one, every field that is given must hold"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"validate_max": True} | kwargs)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1


@admin.register(TimeWindow)
class TimeWindowAdmin(Remembered):
    list_display = ["name", "holds_now", "intervals_shown", "rules_shown", "note"]
    search_fields = ["name", "note"]
    inlines = [TimeIntervalInline]
    warn_unsaved_form = True

    def get_fieldsets(self, request: HttpRequest, obj: TimeWindow | None = None) -> Any:
        return [(None, {"fields": ["name", "note", *(["this_week", "rules_shown"] if obj else [])]})]

    def get_readonly_fields(self, request: HttpRequest, obj: TimeWindow | None = None) -> Any:
        return ["this_week", "rules_shown"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TimeWindow]:
        return super().get_queryset(request).prefetch_related("intervals", "active_rules", "muted_rules")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A window goes only when no rule refers to it any more."""
        rows = list(objs)
        needed = [WindowIsUsed(row.name, used).messages[0] for row in rows if (used := row.used_by())]
        return [str(row) for row in rows], {"time windows": len(rows)}, set(), needed

    @display(description="Now", boolean=True)
    def holds_now(self, row: TimeWindow) -> bool:
        window = _window(row)
        return window is not None and window.contains(timezone.now())

    @display(description="Intervals")
    def intervals_shown(self, row: TimeWindow) -> SafeString | str:
        return format_html_join(" ", "{}", ((marks.code(str(each)),) for each in row.intervals.all())) or "never"

    @display(description="Rules")
    def rules_shown(self, row: TimeWindow) -> SafeString | str:
        uses = [*((rule, "speaks in it") for rule in row.active_rules.all()),
                *((rule, "is silent in it") for rule in row.muted_rules.all())]  # fmt: skip
        pages = ((reverse("admin:routing_rule_change", args=[rule.pk]), rule, does) for rule, does in uses)
        return format_html_join(", ", '<a class="ah-link" href="{}">{}</a> {}', pages) or "none yet"

    @display(description="This week")
    def this_week(self, row: TimeWindow) -> SafeString | str:
        window = _window(row)
        if window is None:
            return "One of its intervals cannot be read. Correct it below."
        return week.strip(window.contains, timezone.now(), zone_of([window]), "Holds")


def zone_of(windows: list[Window]) -> ZoneInfo:
    """The zone people think in: of the first interval."""
    return next((each.zone for window in windows for each in window.intervals), ZoneInfo("UTC"))


def speaks(rule: Rule) -> SafeString | str:
    """When a rule with windows speaks, as a week; "" for one that always does."""
    active, muted = ([_window(row) for row in rows.all()] for rows in (rule.active_windows, rule.muted_windows))
    if not active and not muted:
        return ""
    if None in active or None in muted:
        return "One of its windows cannot be read. Correct it on its own page."
    inside, silent = [each for each in active if each], [each for each in muted if each]
    return week.strip(
        lambda moment: (not inside or any(each.contains(moment) for each in inside))
        and not any(each.contains(moment) for each in silent),
        timezone.now(), zone_of([*inside, *silent]), "Speaks",
    )  # fmt: skip


def _window(row: TimeWindow) -> Window | None:
    try:
        return row.window()
    except WindowError:
        return None
