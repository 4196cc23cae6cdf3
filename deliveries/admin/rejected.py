"""Rejected requests: what was refused at the door and will not come again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import MultipleRelatedDropdownFilter
from unfold.decorators import display

from deliveries.admin.filters import MomentRange
from deliveries.admin.readonly import ReadOnly
from deliveries.models import RejectedRequest
from routing.admin import marks


@admin.register(RejectedRequest)
class RejectedRequestAdmin(ReadOnly):
    list_display = ["last", "times_shown", "status", "reason", "source_shown", "sender", "said"]
    list_filter = [("source", MultipleRelatedDropdownFilter), ("last_at", MomentRange)]
    search_fields = ["reason", "message", "sender", "source_name"]
    change_form_template = "deliveries/rejected.html"

    def story(self, row: RejectedRequest, request: HttpRequest) -> dict[str, Any]:
        size = f"{row.size} bytes" if row.size is not None else "unknown"
        return {
            "title": f"Refused with {row.status_code}: {row.reason}",
            "facts": [
                ("First", marks.moment(row.first_at)),
                ("Last", marks.moment(row.last_at)),
                ("Times", row.times),
                ("Source", row.source_name or "unknown"),
                ("From", row.sender or marks.NOTHING),
                ("Content type", row.content_type or marks.NOTHING),
                ("Size", size),
            ],
        }

    @display(description="Last", ordering="last_at")
    def last(self, rejected: RejectedRequest) -> SafeString | str:
        return marks.moment(rejected.last_at)

    @display(description="Times", ordering="times")
    def times_shown(self, rejected: RejectedRequest) -> str:
        return str(rejected.times)

    @display(description="Status", ordering="status_code")
    def status(self, rejected: RejectedRequest) -> SafeString:
        return marks.badge(rejected.status_code, "red")

    @display(description="Source", ordering="source_name")
    def source_shown(self, rejected: RejectedRequest) -> str:
        return rejected.source_name or "unknown"

    @display(description="Message")
    def said(self, rejected: RejectedRequest) -> str:
        return rejected.message if len(rejected.message) <= 120 else f"{rejected.message[:119]}…"
