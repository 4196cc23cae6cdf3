"""Lists that answer an address or a form made by hand with a message and the clean list, and not with an error page."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldError, ValidationError
from django.db import DataError, models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.text import smart_split
from unfold.admin import ModelAdmin

from routing.admin import folding, moments, prefill, wrong
from routing.admin.declared import DeclaredChangeList, Unreadable
from routing.changes import changing
from routing.inputs import bounds
from routing.validators import check_line

LONGEST_SEARCH, MOST_WORDS = 200, 10

log = logging.getLogger(__name__)


class Forgiving(ModelAdmin):
    change_form_template: Any = "routing/form.html"
    formfield_overrides: Any = moments.OVERRIDES
    further_filters: tuple[str, ...] = ()
    """Lookups that links use, besides those of the filters beside the list."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return DeclaredChangeList

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Names of users and groups are columns of Django's, which take anything."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.CharField) and isinstance(field, forms.CharField):
            field.validators.append(check_line)
        return field

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A row that is changed is locked before it is read, so that of two changes at once none is lost."""
        if request.method != "POST" or object_id is None or not bounds.is_id(object_id):
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            changing.locked(self.model, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST":
            row.before = changing.values(row)
        return row

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Writes what was changed and no other column."""
        if not change:
            super().save_model(request, obj, form, change)
        elif hasattr(obj, "before"):
            changing.save(obj, obj.before)
        else:
            # A line of a list, or a row inside a page.
            changing.save_named(obj, form.changed_data)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """What is wrong is said at the top with links, in place of Django's "correct the errors below"."""
        adminform = context["adminform"]
        found = wrong.fields(adminform.form, context["inline_admin_formsets"]) if context["errors"] else []
        further = {"parts": folding.parts(adminform), "wrong": found, "errors": None}
        return super().render_change_form(request, context | further, *args, **kwargs)

    def save_formset(self, request: HttpRequest, form: forms.ModelForm, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for row in formset.deleted_objects:
            row.delete()
        for row in formset.new_objects:
            row.save()
        for row, names in formset.changed_objects:
            changing.save_named(row, names)
        formset.save_m2m()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """An address may fill in a new form, as links of AlertHub's do."""
        form = self.get_form(request, None, change=False)
        kept, left_out = prefill.readable(super().get_changeform_initial_data(request), form.base_fields)
        if left_out:
            names = ", ".join(left_out)
            self.message_user(
                request,
                f"The link you followed fills in what cannot be read: {names}. Enter it yourself.",
                messages.WARNING,
            )
        return kept

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        check_search(search_term)
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            if not names_rows(request.POST):
                raise Unreadable
            return super().changelist_view(request, extra_context)
        except Unreadable as unreadable:
            self.message_user(request, str(unreadable), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Reads the rows, so that whatever the database cannot compare is found out here."""
        try:
            changelist = super().get_changelist_instance(request)
            len(changelist.result_list)
        except (ValueError, TypeError, OverflowError, DataError, FieldError, ValidationError,
                DisallowedModelAdminLookup, DisallowedModelAdminToField, IncorrectLookupParameters) as error:  # fmt: skip
            if not request.GET:
                # Nobody asked for anything odd: this is our own mistake.
                raise
            log.warning("A list was asked for what cannot be read: %s", type(error).__name__)
            raise Unreadable from error
        return changelist


def check_search(text: str) -> None:
    """Raises Unreadable for more than any search needs: each word is looked for in every row."""
    if len(text) > LONGEST_SEARCH or len(list(smart_split(text))) > MOST_WORDS:
        raise Unreadable(
            f"A search has at most {MOST_WORDS} words and {LONGEST_SEARCH} characters: here is the whole list."
        )


def names_rows(form: QueryDict) -> bool:
    """Whether every id that the form of a list names is one that a row can have."""
    lines = [text for name, text in form.items() if name.startswith("form-") and name.endswith("-id") and text]
    return all(map(bounds.is_id, [*form.getlist(ACTION_CHECKBOX_NAME), *map(str, lines)]))
