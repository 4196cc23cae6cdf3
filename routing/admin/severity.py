"""The severity words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from routing.admin.labelled import LabelledForm
from routing.admin.remembered import Remembered
from routing.changes.past import Rebuilt
from routing.models import SeverityAlias
from routing.rules.severity import fold


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


@admin.register(SeverityAlias)
class SeverityWordAdmin(Remembered):
    form = SeverityWordForm
    list_display = ["word", "severity"]
    list_editable = ["severity"]
    search_fields = ["word", "severity"]
    list_per_page = 200

    def check_rebuilt(self, rebuilt: Rebuilt) -> None:
        word = rebuilt.row
        form = SeverityWordForm({"word": word.word, "severity": word.severity}, instance=word)
        if not form.is_valid():
            raise ValidationError([sentence for sentences in form.errors.values() for sentence in sentences])

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return SeverityWordForm
