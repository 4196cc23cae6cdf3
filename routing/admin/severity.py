"""The severity words: a page of them by what they mean, with a line to add one, and Django's list for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from routing.admin import marks
from routing.admin.labelled import LabelledForm
from routing.admin.remembered import Remembered
from routing.changes.past import Rebuilt
from routing.models import SeverityAlias
from routing.rules.severity import ORDER, fold


class SeverityWordForm(LabelledForm):
    """Words are compared folded, so `CRIT` beside `crit` is refused here and not by the database."""

    class Meta:
        model = SeverityAlias
        fields = ["word", "severity"]
        widgets = {"word": UnfoldAdminTextInputWidget(), "severity": UnfoldAdminTextInputWidget()}

    def clean_word(self) -> str:
        return fold(self.cleaned_data["word"])

    def clean_severity(self) -> str:
        severity = fold(self.cleaned_data["severity"])
        # A word is looked up once: a word for a word would end halfway.
        meaning = SeverityAlias.objects.filter(word=severity).exclude(severity=severity).first()
        if meaning:
            raise forms.ValidationError(
                f'"{severity}" is itself a word for {meaning.severity}: write {meaning.severity}.'
            )
        return severity


@dataclass(frozen=True, slots=True)
class Severity:
    """`words` are all that stand for it."""

    name: str
    badge: SafeString | str
    words: list[SeverityAlias]


@admin.register(SeverityAlias)
class SeverityWordAdmin(Remembered):
    form = SeverityWordForm
    list_display = ["word", "severity"]
    list_editable = ["severity"]
    search_fields = ["word", "severity"]
    list_per_page = 200
    change_list_template = "routing/severity_words.html"

    def get_urls(self) -> list[Any]:
        return [
            path("word/", self.admin_site.admin_view(self.word_view), name="routing_severityalias_word"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whatever asks for rows, such as a search, gets the list."""
        by_severity = {
            "severities": None if request.GET or request.method == "POST" else severities(),
            "may_change": self.has_change_permission(request),
            "may_delete": self.has_delete_permission(request),
        }
        return super().changelist_view(request, (extra_context or {}) | by_severity)

    def word_view(self, request: HttpRequest) -> HttpResponse:
        """A POST adds one word and leads back."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SeverityWordForm(request.POST or None)
        if form.is_valid():
            row = form.save()
            self.log_addition(request, row, [{"added": {}}])
            self.message_user(
                request, format_html('"{}" means {} from now on.', row.word, row.severity), messages.SUCCESS
            )
        else:
            for sentence in (each for sentences in form.errors.values() for each in sentences):
                self.message_user(request, str(sentence), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:routing_severityalias_changelist"))

    def check_rebuilt(self, rebuilt: Rebuilt) -> None:
        word = rebuilt.row
        form = SeverityWordForm({"word": word.word, "severity": word.severity}, instance=word)
        if not form.is_valid():
            raise ValidationError([sentence for sentences in form.errors.values() for sentence in sentences])

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return SeverityWordForm


def severities() -> list[Severity]:
    """The usual ones, worst first, then those of one's own."""
    rows = sorted(SeverityAlias.objects.all(), key=lambda row: (row.severity, row.word))
    found: dict[str, list[SeverityAlias]] = {name: [] for name in ORDER}
    found |= {name: list(words) for name, words in groupby(rows, key=lambda row: row.severity)}
    return [Severity(name, marks.severity(name), words) for name, words in found.items()]
