"""Troubles: what the self-watch found wrong, the open ones first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RadioFilter
from unfold.decorators import display

from deliveries.admin import words
from deliveries.admin.filters import MomentRange
from deliveries.admin.readonly import ReadOnly
from deliveries.messages.words import duration
from deliveries.models import Trouble, Watch
from deliveries.troubles import TroubleKind
from deliveries.watch import watch
from routing.admin import marks
from routing.models import Target

# One for each target and worker at most; the page shows a few and counts the rest.
_READ_FOR_FIRST_PAGE = 100


class OpenFilter(RadioFilter):
    """Open, or over."""

    title = "status"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(ended_at__isnull=self.value() == "open") if self.value() else queryset


@admin.register(Trouble)
class TroubleAdmin(ReadOnly):
    list_display = ["kind_shown", "subject_shown", "standing", "since_shown", "told", "detail_shown"]
    list_display_links = ["subject_shown"]
    list_filter = [OpenFilter, ("kind", ChoicesCheckboxFilter), ("since", MomentRange)]
    search_fields = ["subject", "detail"]
    ordering = [F("ended_at").desc(nulls_first=True), "-since"]
    change_form_template = "deliveries/trouble.html"
    list_before_template = "deliveries/troubles_before.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, (extra_context or {}) | _hearing() | _pinging(timezone.now()))

    def story(self, row: Trouble, request: HttpRequest) -> dict[str, Any]:
        return {
            "state": _state(row),
            "place": _place(row) if row.ended_at is None else None,
            "tone": "red" if row.ended_at is None else "green",
            "facts": [
                ("Since", marks.moment(row.since)),
                ("Over", marks.moment(row.ended_at) if row.ended_at else "not yet"),
                ("It lasted" if row.ended_at else "It lasts", duration(row.since, row.ended_at or timezone.now())),
                ("Told", marks.moment(row.told_at) if row.told_at else "nobody"),
            ],
        } | _hearing()

    @display(description="Kind", ordering="kind")
    def kind_shown(self, trouble: Trouble) -> SafeString:
        return marks.badge(trouble.get_kind_display(), "plain")

    @display(description="About", ordering="subject")
    def subject_shown(self, trouble: Trouble) -> str:
        return trouble.subject

    @display(description="Status", ordering="ended_at")
    def standing(self, trouble: Trouble) -> SafeString:
        return _state(trouble)

    @display(description="Since", ordering="since")
    def since_shown(self, trouble: Trouble) -> SafeString | str:
        return marks.moment(trouble.since)

    @display(description="Told", ordering="told_at")
    def told(self, trouble: Trouble) -> SafeString | str:
        return marks.moment(trouble.told_at)

    @display(description="What it is, and what to do")
    def detail_shown(self, trouble: Trouble) -> str:
        return trouble.detail if len(trouble.detail) <= 160 else f"{trouble.detail[:159]}…"


def still_open(request: HttpRequest) -> list[Trouble]:
    """For the first page: the troubles that are open, the oldest first, for those who may see them."""
    if not request.user.has_perm("deliveries.view_trouble"):
        return []
    return list(Trouble.objects.filter(ended_at=None).order_by("since")[:_READ_FOR_FIRST_PAGE])


def _hearing() -> dict[str, Any]:
    return {"nobody_hears": watch.nobody_listens(), "targets_address": reverse("admin:routing_target_changelist")}


def _pinging(now: datetime) -> dict[str, Any]:
    """When the last ping went out, and what keeps the next one back."""
    row = Watch.objects.filter(pk=1).first()
    if not settings.PING_URL or row is None:
        return {}
    return {"last_ping": marks.moment(row.pinged_at) if row.pinged_at else "never", "late": words.link(watch.late(now))}


def _place(trouble: Trouble) -> tuple[str, str] | None:
    """Where it is mended: a few words and the page's address."""
    match TroubleKind(trouble.kind):
        case TroubleKind.TARGET | TroubleKind.LATE:
            target = Target.objects.filter(name=trouble.subject).first()
            return ("Open the target", reverse("admin:routing_target_change", args=[target.pk])) if target else None
        case TroubleKind.REFUSED:
            return "See what was refused", reverse("admin:deliveries_rejectedrequest_changelist")
        case TroubleKind.UNREAD:
            return (
                "See what is not read",
                f"{reverse('admin:deliveries_notification_changelist')}?state__exact=unread",
            )
    return None


def _state(trouble: Trouble) -> SafeString:
    if trouble.ended_at is None:
        return marks.badge("open", "red")
    lasted = duration(trouble.since, trouble.ended_at)
    return marks.badge("over", "green", f"It lasted {lasted}." if lasted else "")
