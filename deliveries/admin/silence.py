"""What deliveries add to the pages of silences: which alerts one covers now, before and after it is saved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import display

from deliveries.admin.linted import Linted
from deliveries.foresight import coverage, findings
from deliveries.foresight.findings import Findings
from deliveries.models import Occurrence
from routing.admin import SilenceAdmin, marks
from routing.models import Silence
from routing.rules import matchers, silencing


class CoveringSilenceAdmin(Linted, SilenceAdmin):
    change_form_template = "deliveries/silence.html"

    def findings(self, now: Any) -> Findings:
        return findings.of_silences(now)

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[Script("routing/preview.js", defer=True)])  # type: ignore[list-item]

    def get_fieldsets(self, request: HttpRequest, obj: Silence | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and request.user.has_perm("deliveries.view_alert"):
            fieldsets = [*fieldsets, ("What it covers", {"fields": ["covers", "kept_back"]})]
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Silence | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "covers", "kept_back"]

    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("preview/", preview, name="routing_silence_preview"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if request.user.has_perm("deliveries.view_alert"):
            context["preview_url"] = reverse("admin:routing_silence_preview")
            if kwargs.get("obj") is None:
                given = context["adminform"].form["matchers"].value() or ""
                context["covered"] = _covered(str(given)) if str(given).strip() else ""
        return super().render_change_form(request, context, *args, **kwargs)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What the matchers that were written cover now, as a part of a page or, without JavaScript, as a page."""
        if not (request.user.has_perm("deliveries.view_alert") and self.has_view_permission(request)):
            raise PermissionDenied
        told = _covered(request.POST.get("matchers", ""))
        if request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(told)
        context = self.admin_site.each_context(request) | {
            "title": "What it would cover now", "opts": self.opts, "covered": told,
        }  # fmt: skip
        return TemplateResponse(request, "deliveries/covered_page.html", context)

    @display(description="Fires now and is covered")
    def covers(self, silence: Silence) -> SafeString | str:
        return _covered(silence.matchers) if silence.pk else marks.NOTHING

    @display(description="Kept back")
    def kept_back(self, silence: Silence) -> SafeString | str:
        count = Occurrence.objects.filter(silence=silence).count()
        return f"{'once' if count == 1 else f'{count} times'} so far" if count else "nothing yet"


def _covered(text: str) -> SafeString:
    try:
        parsed = matchers.entered(text)
    except matchers.MatcherError as error:
        return format_html('<p class="ah-error" role="alert">{}</p>', str(error))
    if silencing.covers_everything(parsed):
        return mark_safe('<p class="ah-quiet">Write a matcher, and what it covers now is shown here.</p>')
    found = coverage.of(parsed)
    context = {"found": found, "rows": [(alert, marks.severity(alert.severity)) for alert in found.alerts]}
    return mark_safe(render_to_string("deliveries/covered.html", context))  # noqa: S308  a template escapes


# Routing knows nothing of deliveries, so its page is replaced from here; `routing` is loaded first.
admin.site.unregister(Silence)
admin.site.register(Silence, CoveringSilenceAdmin)
