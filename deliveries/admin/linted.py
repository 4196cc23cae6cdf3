"""What rules, targets and silences are suspect of: marked in their lists and said where they are edited."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display

from deliveries.foresight.findings import Findings
from routing.admin import marks

_SHORT = 28


class Linted(ModelAdmin):
    """Mixed into the pages of a model; `findings` says what is to be said, for all rows at once."""

    def findings(self, now: Any) -> Findings:
        raise NotImplementedError

    def findings_in_list(self, request: HttpRequest) -> Findings:
        return self.findings(timezone.now())

    def get_list_display(self, request: HttpRequest) -> Any:
        return [*super().get_list_display(request), "suspect"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        found = self.findings_in_list(request)
        for row in changelist.result_list:
            row.findings = found.get(row.pk, [])
        return changelist

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "findings_shown"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.findings(timezone.now()).get(obj.pk):
            return fieldsets
        return [("To look at", {"fields": ["findings_shown"]}), *fieldsets]

    @display(description="To look at")
    def suspect(self, row: Any) -> SafeString | str:
        marked = ((marks.badge(_short(sentence), "orange", sentence),) for sentence in getattr(row, "findings", ()))
        return format_html_join(" ", "{}", marked) or marks.NOTHING

    @display(description="Findings")
    def findings_shown(self, row: Any) -> SafeString | str:
        lines = format_html_join("", "<li>{}</li>", ((each,) for each in self.findings(timezone.now()).get(row.pk, ())))
        return format_html('<ul class="ah-list">{}</ul>', lines)


def _short(sentence: str) -> str:
    words = sentence.split(":")[0].rstrip(".")
    return words if len(words) <= _SHORT else f"{words[: _SHORT - 1]}…"
