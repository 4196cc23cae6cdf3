"""See what this changes: a rule that is being written, switched off, moved or deleted, and what that would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from deliveries.admin.linted import Linted
from deliveries.foresight import deciding, findings, impact
from deliveries.foresight.findings import Findings
from deliveries.foresight.impact import Group, Progress
from routing import rulebook
from routing.admin import RuleAdmin
from routing.models import Rule
from routing.rulebook import Book, proposal
from routing.rulebook.proposal import Proposal
from routing.rules.matchers import MatcherError
from routing.rules.windows import WindowError

_SLICE_SECONDS = 1.5
_USUAL = ((24, "24 h"), (168, "7 d"))


class Unclear(Exception):
    """The change cannot be understood; the arguments are sentences."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One group in words."""

    before: str
    after: str
    group: Group


class ImpactRuleAdmin(Linted, RuleAdmin):
    delete_confirmation_template = "deliveries/rule_delete.html"

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[Script("deliveries/impact.js", defer=True)])  # type: ignore[list-item]

    def findings(self, now: datetime) -> Findings:
        return findings.of_rules(now)

    def get_urls(self) -> list[Any]:
        seen = self.admin_site.admin_view(self.impact)
        return [path("impact/", seen, name="routing_rule_impact"), *super().get_urls()]

    def has_impact_permission(self, request: HttpRequest) -> bool:
        """Its examples come from notifications."""
        return self.has_view_permission(request) and request.user.has_perm("deliveries.view_notification")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = self.has_change_permission(request) and self.has_impact_permission(request)
        address = reverse("admin:routing_rule_impact") if may else ""
        further = {"impact_address": address, "cost": str(deciding.cost(rulebook.current(), timezone.now()))}
        return super().changelist_view(request, (extra_context or {}) | further)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        rule = kwargs.get("obj")
        may = self.has_change_permission(request, rule) if rule else self.has_add_permission(request)
        if may and self.has_impact_permission(request):
            context["impact_address"] = f"{reverse('admin:routing_rule_impact')}?rule={rule.pk if rule else ''}"
        return super().render_change_form(request, context, *args, **kwargs)

    def impact(self, request: HttpRequest) -> HttpResponse:
        """A POST with the form as it is. Nothing is saved; the page holds what it needs to go on."""
        if request.method != "POST" or not self.has_impact_permission(request):
            raise PermissionDenied
        now = timezone.now()
        context = self.admin_site.each_context(request) | {
            "title": "What this changes", "opts": self.opts, "usual": _USUAL, "fields": _kept(request),
        }  # fmt: skip
        try:
            hours = _hours(request)
            progress = Progress.opened(request.POST.get("state", "")) or impact.begin(now, hours)
            book = rulebook.current()
            change = self._proposal(request, book)
            progress = impact.go_on(progress, change, book, impact.after(_SLICE_SECONDS))
        except Unclear as error:
            return _answer(request, context | {"errors": error.args})
        context |= {
            "is_asked": True,
            "progress": progress,
            "hours": hours,
            "most": impact.MOST,
            "state": progress.sealed(),
            "lines": [_line(group, book) for group in progress.groups],
            "said": impact.said(progress.groups, progress.alerts, hours, book.targets),
        }
        return _answer(request, context)

    def _proposal(self, request: HttpRequest, book: Book) -> Proposal:
        try:
            if "delete" in request.GET:
                return proposal.deleted(book, [_number(request.GET["delete"])])
            if "form-TOTAL_FORMS" in request.POST:
                return proposal.reordered(book, _positions(request))
            return self._saved(request, book)
        except (MatcherError, WindowError) as error:
            raise Unclear(str(error)) from None

    def _saved(self, request: HttpRequest, book: Book) -> Proposal:
        number = request.GET.get("rule", "")
        rule = Rule.objects.filter(pk=_number(number)).first() if number else None
        data = request.POST.copy()
        # Neither the reason nor what others saved meanwhile matters to what it would do.
        data["reason"], data["seen"] = "–", ""
        form = self.get_form(request, rule, change=rule is not None)(data, instance=rule)
        if not form.is_valid():
            raise Unclear(*(f"{form.fields[name].label or name}: {sentence}" if name in form.fields else sentence
                            for name, sentences in form.errors.items() for sentence in sentences))  # fmt: skip
        cleaned = form.cleaned_data
        targets = [target.pk for target in cleaned.get("targets", ())]
        windows = (list(cleaned.get(name, ())) for name in ("active_windows", "muted_windows"))
        return proposal.saved(book, form.instance, targets, *windows)


def _answer(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """As a part of a page or, without JavaScript, as a page."""
    is_part = request.headers.get("X-Requested-With") == "fetch"
    return TemplateResponse(request, f"deliveries/{'impact_told' if is_part else 'impact'}.html", context)


def _line(group: Group, book: Book) -> _Line:
    def names(targets: tuple[int, ...]) -> str:
        return ", ".join(book.targets.get(each, f"target {each}") for each in targets) or "nobody"

    return _Line(names(group.before), names(group.after), group)


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """The form's fields, to be sent again with the next slice."""
    ours = ("csrfmiddlewaretoken", "state", "hours")
    return [(name, value) for name, values in request.POST.lists() if name not in ours for value in values]


def _hours(request: HttpRequest) -> int:
    text = request.POST.get("hours", "") or "24"
    hours = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if hours not in impact.HOURS:
        raise Unclear(f"Give a number of hours {impact.HOURS}.")
    return hours


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Unclear("This address names no rule.")
    return int(text)


def _positions(request: HttpRequest) -> dict[int, int]:
    found: dict[int, int] = {}
    for place in range(min(_number(request.POST["form-TOTAL_FORMS"]), 5000)):
        rule, position = (request.POST.get(f"form-{place}-{name}", "") for name in ("id", "position"))
        if rule and position:
            found[_number(rule)] = _number(position)
    return found


# Routing knows nothing of deliveries, so its page is replaced from here; `routing` is loaded first.
admin.site.unregister(Rule)
admin.site.register(Rule, ImpactRuleAdmin)
