"""Templates: edited with a preview of a stored notification, saved only if they can say every sample."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from deliveries import rendering
from deliveries.admin import bubble, search, variables, words
from deliveries.foresight import tryout
from deliveries.foresight.tryout import Unreadable
from deliveries.models import Attempt, Notification
from routing.admin import concurrent, marks
from routing.admin.concurrent import SeenForm
from routing.admin.remembered import Remembered
from routing.models import Template
from routing.rulebook import Wording

_FAULTS_SHOWN = 5
_SCRIPTS = ("routing/preview.js", "deliveries/insert.js")


class TemplateForm(SeenForm):
    preview_of = forms.CharField(
        label="Preview of",
        required=False,
        max_length=30,
        help_text="A stored notification, for example N-12. Empty: the newest.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    refused = ""
    """Why it could not be tried, if it could not."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if self.refused:
                raise rendering.Busy(self.refused)
            faults = rendering.faults(cleaned.get("headline", ""), cleaned.get("card", ""))
        except rendering.Busy as busy:
            self.add_error(None, str(busy))
        else:
            for field, fault in faults.items():
                self.add_error(field, fault)
        return cleaned


@admin.register(Template)
class TemplateAdmin(Remembered):
    form = TemplateForm
    list_display = ["name", "used_by", "note"]
    search_fields = ["name", "note", "headline", "card"]
    warn_unsaved_form = True
    change_form_template = "deliveries/template.html"
    readonly_fields = ["used_by", "failed"]

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[Script(each, defer=True) for each in _SCRIPTS])  # type: ignore[misc]

    def get_fieldsets(self, request: HttpRequest, obj: Template | None = None) -> Any:
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        texts = ["headline", "card", *(["preview_of"] if may else [])]
        fieldsets = [
            (None, {"fields": ["name", "note", *(["used_by", "failed"] if obj else [])]}),
            ("How messages read", {"fields": texts}),
        ]
        return concurrent.with_field(fieldsets) if may else fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        counted = super().get_queryset(request)
        return counted.annotate(rule_count=Count("rules", distinct=True), target_count=Count("targets", distinct=True))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("headline", "card"):
            rows = 2 if db_field.name == "headline" else 12
            kwargs["widget"] = UnfoldAdminTextareaWidget(
                attrs={"rows": rows, "class": "ah-mono", "spellcheck": "false", "autocapitalize": "off"}
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Tried before Django begins its transaction, in which others would wait; when the form asks, it is known."""
        if request.method == "POST" and self._may_edit(request):
            try:
                rendering.faults(request.POST.get("headline", ""), request.POST.get("card", ""))
            except rendering.Busy as busy:
                request.template_refused = str(busy)  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.refused = getattr(request, "template_refused", "")
        return form

    def _may_edit(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) or self.has_add_permission(request)

    def get_urls(self) -> list[Any]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("preview/", preview, name="routing_template_preview"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["to_use"] = variables.shown() if "card" in context["adminform"].form.fields else ""
        if request.user.has_perm("deliveries.view_notification"):
            context["preview_url"] = reverse("admin:routing_template_preview")
            form = context["adminform"].form
            if "card" in form.fields:
                values = (str(form[name].value() or "") for name in ("headline", "card", "preview_of"))
                context["previewed"] = _preview(*values)
        return super().render_change_form(request, context, *args, **kwargs)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What is written, told of a stored notification: as a part of a page or, without JavaScript, as a page."""
        if not (request.user.has_perm("deliveries.view_notification") and self._may_edit(request)):
            raise PermissionDenied
        shown = _preview(*(request.POST.get(name, "") for name in ("headline", "card", "preview_of")))
        if request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(shown)
        context = self.admin_site.each_context(request) | {"title": "Preview", "opts": self.opts, "covered": shown}
        return TemplateResponse(request, "deliveries/covered_page.html", context)

    @display(description="Used by")
    def used_by(self, row: Any) -> str:
        parts = [(row.rule_count, "rule"), (row.target_count, "target")]
        return (
            " and ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in parts if count) or "nothing yet"
        )

    @display(description="Failed")
    def failed(self, row: Template) -> SafeString | str:
        """Lately, while messages were sent: they went out in AlertHub's own words."""
        faulty = Attempt.objects.exclude(template_fault="").filter(template_fault__startswith=f"T-{row.pk} ")
        newest = list(faulty.select_related("delivery").order_by("-id")[:_FAULTS_SHOWN])
        lines = ((words.link(one.delivery), marks.moment(one.started_at), one.template_fault) for one in newest)
        shown = format_html_join("", "<li>{} {}: {}</li>", lines)
        return format_html('<ul class="ah-list">{}</ul>', shown) if newest else "never"


def _preview(headline: str, card: str, number: str) -> SafeString:
    try:
        return _previewed(headline, card, number)
    except rendering.Busy as busy:
        return format_html('<p class="ah-error" role="alert">{}</p>', str(busy))


def _previewed(headline: str, card: str, number: str) -> SafeString:
    faults = rendering.faults(headline, card)
    if faults:
        lines = format_html_join("", "<li>{}: {}</li>", ((name.capitalize(), text) for name, text in faults.items()))
        return format_html('<ul class="ah-list ah-error" role="alert">{}</ul>', lines)
    if not headline.strip() and not card.strip():
        return mark_safe('<p class="ah-quiet">Write a headline or a card, and the message is shown here.</p>')
    stored = _stored(number)
    if stored is None:
        return mark_safe('<p class="ah-quiet">There is no such notification to show it with.</p>')
    try:
        entry = tryout.of_notification(stored)
    except Unreadable as error:
        return format_html('<p class="ah-error">{}</p>', str(error))
    with rendering.for_a_person():
        message, fault = tryout.worded(entry, Wording(0, "preview", headline, card), timezone.now())
    context = {"message": bubble.of(message), "stored": words.link(stored), "fault": fault}
    return mark_safe(render_to_string("deliveries/previewed.html", context))  # noqa: S308  a template escapes


def _stored(number: str) -> Notification | None:
    wanted = search.number(number) if number.strip() else None
    rows = Notification.objects.filter(state=Notification.State.ROUTED)
    if number.strip():
        return rows.filter(pk=wanted).first() if wanted is not None else None
    return rows.order_by("-id").first()
