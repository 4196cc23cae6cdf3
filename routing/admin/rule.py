"""Rules in their order, each a sentence. The fallback stands last and takes every alert."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
)

from routing import rulebook
from routing.admin import concurrent, marks, reorder, sentence, window
from routing.admin.concurrent import SeenForm
from routing.admin.folding import fold
from routing.admin.moving import Moving
from routing.admin.reorder import Order
from routing.admin.severities import SeveritiesField
from routing.changes.past import Rebuilt
from routing.inputs import bounds
from routing.models import Rule
from routing.models.rule import FallbackIsNeeded, check_told
from routing.rulebook import Book
from routing.rules import decision, ordering

_WINDOWS = ("active_windows", "muted_windows")


class RuleForm(SeenForm):
    """An enabled rule tells somebody, unless it says that it only records."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        enabled = cleaned.get("enabled", self.instance.enabled)
        records_only = cleaned.get("records_only", self.instance.records_only)
        if "targets" in cleaned:
            try:
                check_told(enabled, records_only, bool(cleaned["targets"]))
            except ValidationError as error:
                self.add_error(None, error)
        for name, most in (("targets", bounds.MOST_TARGETS), *((each, bounds.MOST_WINDOWS) for each in _WINDOWS)):
            if len(cleaned.get(name) or ()) > most:
                self.add_error(name, f"Choose at most {most}.")
        return cleaned


@admin.register(Rule)
class RuleAdmin(Moving):
    form = RuleForm
    list_display = ["number", "rule", "condition", "consequence", "times", "moves"]
    list_display_links = ["rule"]
    sortable_by: tuple[str, ...] = ()
    list_per_page = 50
    show_full_result_count = False
    list_before_template = "routing/rules_before.html"
    search_fields = ["name", "matchers", "targets__name"]
    warn_unsaved_form = True
    readonly_fields = ["speaks"]

    @property
    def media(self) -> forms.Media:
        # unfold numbers dragged rows from 0 by a global function; ours moves the one that was dragged, and is loaded after it.
        css: dict[str, Sequence[str]] = {"all": ["routing/rules.css"]}
        return super().media + forms.Media(css=css, js=[Script("routing/order.js", defer=True)])  # type: ignore[list-item]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        return super().get_queryset(request).select_related("template").prefetch_related("targets", *_WINDOWS)

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        # Who may only look is offered nothing to move.
        return shown if self.has_change_permission(request) else [name for name in shown if name != "moves"]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        listed: ChangeList = super().get_changelist_instance(request)
        places = {rule_id: place for place, rule_id in enumerate(_order(request).ids, start=1)}
        routes, now = {route.rule_id: route for route in book_of(request).routes}, timezone.now()
        for row in listed.result_list:
            row.place, row.is_last = places.get(row.pk), places.get(row.pk) == len(places)
            row.is_silent = row.pk in routes and decision.is_silent(routes[row.pk], now)
        # How many there are in all is known: the order was read.
        listed.show_full_result_count = True
        listed.full_result_count = len(places) + 1 if listed.query else listed.result_count
        if self.has_change_permission(request):
            # Only here: declared for the whole page, unfold would have the numbers typed.
            moving: Any = copy(self)
            moving.ordering_field = "position"
            listed.model_admin = moving
        return listed

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        last = Rule.objects.filter(is_fallback=False).aggregate(last=Max("position"))["last"] or 0
        return {"position": bounds.POSITION.nearest(last + ordering.STEP)} | super().get_changeform_initial_data(
            request
        )

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        if obj and obj.is_fallback:
            description = "The fallback takes every alert that no other rule matches, so it has no severities and no \
matchers, is always enabled and cannot be deleted."
            fallback = [
                ("Fallback", {"fields": ["name", "targets", "sends_resolved", "template"], "description": description})
            ]
            return concurrent.with_field(fallback) if self.has_change_permission(request, obj) else fallback
        # The field for editing them shows JSON to those who may only look.
        may_change = not obj or self.has_change_permission(request, obj)
        severities = "severities" if may_change else "takes"
        fieldsets: list[Any] = [
            (None, {"fields": ["name", "position", "enabled"]}),
            ("Which alerts: all of this must hold", {"fields": [severities, "matchers"]}),
            ("Who is told", {"fields": ["targets"]}),
            fold("What is told, and what comes after", "records_only", "sends_resolved", "continues", "template"),
            fold("When it speaks", *(["speaks"] if obj else []), "active_windows", "muted_windows"),
        ]
        return concurrent.with_field(fieldsets) if may_change else fieldsets

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "severities":
            return SeveritiesField(help_text=db_field.help_text)
        if db_field.name == "matchers":
            kwargs["widget"] = UnfoldAdminTextareaWidget(
                attrs={"rows": 5, "class": "ah-mono", "spellcheck": "false", "autocapitalize": "off"}
            )
        if db_field.name in ("targets", *_WINDOWS):
            # Without the wrapper's buttons: they would lead away from a half written rule.
            help_text = "" if db_field.name == "targets" else db_field.help_text
            return db_field.formfield(widget=UnfoldAdminCheckboxSelectMultipleWidget(), help_text=help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (isinstance(obj, Rule) and obj.is_fallback)

    def check_rebuilt(self, rebuilt: Rebuilt) -> None:
        row = rebuilt.row
        if row.enabled and not row.records_only and not rebuilt.links["targets"]:
            raise ValidationError(
                "It would tell nobody: none of its targets is there any more. Restore one of them first."
            )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        rules = list(objs)
        fallback = [FallbackIsNeeded().messages[0]] if any(rule.is_fallback for rule in rules) else []
        names = [f"Rule {rule}: what it sent stays in the trail" for rule in rules]
        return names, {"rules": len(rules)}, set(), fallback

    @display(description="No.")
    def number(self, rule: Rule) -> SafeString | str:
        place = getattr(rule, "place", None)
        return format_html('<span class="ah-number">{}</span>', place) if place else "last"

    @display(description="Rule")
    def rule(self, rule: Rule) -> SafeString:
        kind = marks.badge("fallback", "plain", "Takes what no other rule matches") if rule.is_fallback else ""
        off = marks.badge("disabled", "plain", "It takes no alert") if not rule.enabled else ""
        return format_html(
            '<span class="{}">{}</span> {}{}', "ah-on" if rule.enabled else "ah-off", rule.name, kind, off
        )

    @display(description="If")
    def condition(self, rule: Rule) -> SafeString | str:
        return sentence.condition(rule)

    @display(description="Then")
    def consequence(self, rule: Rule) -> SafeString | str:
        return sentence.consequence(rule)

    @display(description="When")
    def times(self, rule: Rule) -> SafeString | str:
        return sentence.times(rule, is_silent=getattr(rule, "is_silent", False))

    @display(description="Move")
    def moves(self, rule: Rule) -> SafeString | str:
        page = "" if rule.is_fallback else reverse("admin:routing_rule_move", args=[rule.pk])
        return mark_safe(render_to_string("routing/rule_moves.html", {"rule": rule, "page": page}))  # noqa: S308  a template escapes

    @display(description="Severities")
    def takes(self, rule: Rule) -> SafeString | str:
        return marks.severities(rule.severities)

    @display(description="This week")
    def speaks(self, rule: Rule) -> SafeString | str:
        return window.speaks(rule) or "at any time"


def book_of(request: HttpRequest) -> Book:
    """The rules in force; asked for once for each page."""
    book: Book = getattr(request, "rule_book", None) or rulebook.current()
    request.rule_book = book  # type: ignore[attr-defined]
    return book


def _order(request: HttpRequest) -> Order:
    """As it stands; read once for each page."""
    order: Order = getattr(request, "rule_order", None) or reorder.present()
    return order
