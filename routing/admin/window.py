"""Time windows: the times in which rules speak or are silent, drawn as a week."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from routing.admin import interval, marks, week
from routing.admin.interval import TimeIntervalInline
from routing.admin.remembered import Remembered
from routing.inputs import bounds
from routing.models import Rule, TimeWindow
from routing.models.window import WindowIsUsed
from routing.rules.windows import Window, WindowError

_NOTHING_YET = "Choose days or hours, and the week is drawn here."
_UNCLEAR = "One of the intervals cannot be read yet."


@admin.register(TimeWindow)
class TimeWindowAdmin(Remembered):
    list_display = ["name", "holds_now", "intervals_shown", "rules_shown", "note"]
    search_fields = ["name", "note"]
    inlines = [TimeIntervalInline]
    change_form_template = "routing/window.html"
    warn_unsaved_form = True

    def get_fieldsets(self, request: HttpRequest, obj: TimeWindow | None = None) -> Any:
        return [(None, {"fields": ["name", "note", *(["rules_shown"] if obj else [])]})]

    def get_readonly_fields(self, request: HttpRequest, obj: TimeWindow | None = None) -> Any:
        return ["rules_shown"]

    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("preview/", preview, name="routing_timewindow_preview"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        obj = kwargs.get("obj")
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        context |= {
            "this_week": self.this_week(obj) if obj else _NOTHING_YET,
            "preview_url": f"{reverse('admin:routing_timewindow_preview')}?window={obj.pk if obj else ''}"
            if may
            else "",
            "zones": interval.zones() if may else [],
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The week that comes of the intervals as they are written, as a part of a page or, without JavaScript, as a page."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        formset: Any = interval.TimeIntervalInline(TimeWindow, self.admin_site).get_formset(request)
        number = request.GET.get("window", "")
        row = TimeWindow.objects.filter(pk=number).first() if bounds.is_id(number) else None
        shown = _drawn(formset(data=request.POST, instance=row or TimeWindow()))
        if request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(shown)
        context = self.admin_site.each_context(request) | {"title": "This week", "opts": self.opts, "week": shown}
        return TemplateResponse(request, "routing/week.html", context)

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

    def this_week(self, row: TimeWindow) -> SafeString | str:
        window = _window(row)
        if window is None:
            return "One of its intervals cannot be read. Correct it below."
        return week.strip(window.contains, timezone.now(), zone_of([window]), "Holds")


def _drawn(formset: Any) -> SafeString | str:
    """From forms that nobody saved; what is wrong with one is said at its field when it is saved."""
    if not formset.management_form.is_valid():
        return _UNCLEAR
    valid = [form.is_valid() for form in formset.forms]
    if not all(valid):
        return _UNCLEAR
    rows = [form for form in formset.forms if form.has_changed() or form.instance.pk]
    intervals = [form.instance.interval() for form in rows if not form.cleaned_data.get(DELETION_FIELD_NAME)]
    window = Window("", tuple(intervals))
    return week.strip(window.contains, timezone.now(), zone_of([window]), "Holds") if intervals else _NOTHING_YET


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
