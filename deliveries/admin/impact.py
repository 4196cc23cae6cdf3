"""See what this changes: a rule that is being written, switched off, moved or deleted, and what that would do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from deliveries.admin.linted import Linted
from deliveries.figures import rules
from deliveries.foresight import deciding, findings, impact
from deliveries.foresight.findings import Findings
from deliveries.foresight.impact import Group, Progress
from routing import rulebook
from routing.admin import RuleAdmin, reorder
from routing.admin.reorder import Moved, Refused
from routing.admin.rule import book_of
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

    def findings_in_list(self, request: HttpRequest) -> Findings:
        return findings.of_rules(timezone.now(), book_of(request))

    def get_urls(self) -> list[Any]:
        seen = self.admin_site.admin_view(self.impact)
        return [path("impact/", seen, name="routing_rule_impact"), *super().get_urls()]

    def has_impact_permission(self, request: HttpRequest) -> bool:
        """Its examples come from notifications."""
        return self.has_view_permission(request) and request.user.has_perm("deliveries.view_notification")

    def impact_address(self, request: HttpRequest) -> str:
        may = self.has_change_permission(request) and self.has_impact_permission(request)
        return reverse("admin:routing_rule_impact") if may else ""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        further = {"cost": str(deciding.cost(book_of(request), timezone.now()))}
        return super().changelist_view(request, (extra_context or {}) | further)

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = [name for name in super().get_list_display(request) if name != "suspect"]
        at = shown.index("times") + 1
        return [*shown[:at], "lately", *shown[at:]]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        if request.user.has_perm("deliveries.view_delivery"):
            told = rules.of_rules([row.pk for row in changelist.result_list], timezone.now())
            for row in changelist.result_list:
                row.told = told[row.pk]
        return changelist

    @display(description="24 h")
    def lately(self, rule: Any) -> SafeString:
        return render_to_string("deliveries/rule_lately.html", {"rule": rule, "told": getattr(rule, "told", None)})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        rule = kwargs.get("obj")
        may = self.has_change_permission(request, rule) if rule else self.has_add_permission(request)
        if may and self.has_impact_permission(request):
            context["impact_address"] = f"{reverse('admin:routing_rule_impact')}?rule={rule.pk if rule else ''}"
        return super().render_change_form(request, context, *args, **kwargs)

    def told_of(self, request: HttpRequest, moved: Moved) -> dict[str, Any]:
        """At once if that takes but a moment; else the list goes on asking."""
        if not self.has_impact_permission(request):
            return {}
        book = rulebook.current()
        change = proposal.done(book, moved.numbers_before)
        progress = impact.go_on(impact.begin(timezone.now(), 24), change, book, impact.after(_SLICE_SECONDS))
        if not progress.is_over:
            return {"going_on": reverse("admin:routing_rule_impact")} if moved.undo else {}
        said = impact.said(progress.groups, progress.alerts, 24, book.targets)
        page = "admin:deliveries_notification_change"
        shown = [asdict(one) | {"page": reverse(page, args=[one.notification])} for one in said.examples]
        return {"sentence": said.sentence, "lost": said.lost, "examples": shown}

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
            if "move" in request.GET:
                place = reorder.to(request.POST.get("to", ""))
                return proposal.reordered(
                    book, reorder.proposed(reorder.present(), _number(request.GET["move"]), place)
                )
            if "moved" in request.POST:
                numbers = reorder.opened(request.POST["moved"])[1]
                return proposal.done(book, {rule_id: before for rule_id, before, _ in numbers})
            return self._saved(request, book)
        except (MatcherError, WindowError, Refused) as error:
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


# Routing knows nothing of deliveries, so its page is replaced from here; `routing` is loaded first.
admin.site.unregister(Rule)
admin.site.register(Rule, ImpactRuleAdmin)
