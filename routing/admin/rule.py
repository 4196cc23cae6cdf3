"""Rules in their order, dragged or numbered. The fallback stands last and takes every alert."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
)

from routing.admin import concurrent, marks, reason, reorder, window
from routing.admin.concurrent import SeenForm
from routing.admin.folding import fold
from routing.admin.forgiving import names_rows
from routing.admin.reason import ReasonForm
from routing.admin.remembered import Remembered
from routing.admin.severities import SeveritiesField
from routing.changes.past import Rebuilt
from routing.inputs import bounds
from routing.models import Rule
from routing.models.rule import FallbackIsNeeded, check_told

_STEP = 10
_WINDOWS = ("active_windows", "muted_windows")


class RuleForm(ReasonForm, SeenForm):
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


class PositionForm(forms.ModelForm):
    """One line of the list. The fallback stays last whatever its number, so it shows none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_fallback:
            self.fields["position"].disabled = True
            self.fields["position"].widget = forms.HiddenInput(attrs={"data-fallback": "yes"})
        else:
            limits = {"min": bounds.POSITION.least, "max": bounds.POSITION.most}
            self.fields["position"].widget = UnfoldAdminIntegerFieldWidget(attrs={"aria-label": "Position", **limits})


@admin.register(Rule)
class RuleAdmin(Remembered):
    form = RuleForm
    asks_reason = True
    list_display = ["rule", "takes", "matching", "tells", "goes_on", "resolved", "is_enabled", "position"]
    list_editable = ["position"]
    ordering_field = "position"
    # Dragging works on what is seen, in its order: the rows of a page trade their positions among each other.
    sortable_by: tuple[str, ...] = ()
    list_per_page = 50
    list_before_template = "routing/rules_before.html"
    search_fields = ["name", "matchers", "targets__name"]
    warn_unsaved_form = True
    readonly_fields = ["speaks"]
    delete_confirmation_template = "routing/row_delete.html"
    delete_selected_confirmation_template = "routing/rows_delete.html"

    @property
    def media(self) -> forms.Media:
        # unfold numbers dragged rows from 0 by a global function; ours keeps the numbers and is loaded after it.
        return super().media + forms.Media(js=[Script("routing/order.js", defer=True)])  # type: ignore[list-item]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        return super().get_queryset(request).prefetch_related("targets")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if reorder.is_asked(request) and names_rows(request.POST) and self.has_change_permission(request):
            formset_class: Any = self.get_changelist_formset(request)
            rows = self._get_list_editable_queryset(request, formset_class.get_default_prefix())
            context = self.admin_site.each_context(request) | {"title": "Move rules", "opts": self.opts}
            asked = reorder.page(request, context | (extra_context or {}), formset_class(request.POST, queryset=rows))
            if asked is not None:
                return asked
        return super().changelist_view(request, extra_context)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        listed: ChangeList = super().get_changelist_instance(request)
        if not self.has_change_permission(request):
            # Who may only look is offered nothing to drag.
            looking = copy(self)
            looking.ordering_field = ""
            listed.model_admin = looking
        return listed

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return PositionForm

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        last = Rule.objects.filter(is_fallback=False).aggregate(last=Max("position"))["last"] or 0
        return {"position": bounds.POSITION.nearest(last + _STEP)} | super().get_changeform_initial_data(request)

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        if obj and obj.is_fallback:
            description = "The fallback takes every alert that no other rule matches, so it has no severities and no \
matchers, is always enabled and cannot be deleted."
            fallback = [
                ("Fallback", {"fields": ["name", "targets", "sends_resolved", "template"], "description": description})
            ]
            return (
                reason.with_field(concurrent.with_field(fallback))
                if self.has_change_permission(request, obj)
                else fallback
            )
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
        return reason.with_field(concurrent.with_field(fieldsets)) if may_change else fieldsets

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

    @display(description="Rule", ordering="name")
    def rule(self, rule: Rule) -> SafeString | str:
        if rule.is_fallback:
            return format_html("{} {}", rule.name, marks.badge("fallback", "plain", "Takes what no other rule matches"))
        return rule.name

    @display(description="Severities")
    def takes(self, rule: Rule) -> SafeString | str:
        return marks.severities(rule.severities)

    @display(description="Matchers")
    def matching(self, rule: Rule) -> SafeString | str:
        return marks.code(rule.matchers)

    @display(description="Targets")
    def tells(self, rule: Rule) -> SafeString | str:
        if rule.records_only:
            return marks.badge("nobody, on purpose", "plain", "It only records")
        names = ", ".join(target.name for target in rule.targets.all())
        return names or marks.badge("nobody", "red", "Choose a target, or nobody is told")

    @display(description="This week")
    def speaks(self, rule: Rule) -> SafeString | str:
        return window.speaks(rule) or "at any time"

    @display(description="Continue")
    def goes_on(self, rule: Rule) -> SafeString | str:
        return marks.badge("continues", "blue", "Later rules are tried too") if rule.continues else marks.NOTHING

    @display(description="Resolved")
    def resolved(self, rule: Rule) -> SafeString | str:
        return "sent" if rule.sends_resolved else marks.badge("not sent", "plain")

    @display(description="Enabled", boolean=True)
    def is_enabled(self, rule: Rule) -> bool:
        return rule.enabled
