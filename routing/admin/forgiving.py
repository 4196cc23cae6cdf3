"""Lists that answer an address or a form made by hand with a message and the clean list, and not with an error page."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import FieldError, ValidationError
from django.db import DataError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from unfold.admin import ModelAdmin

from routing import bounds
from routing.admin.declared import DeclaredChangeList, Unreadable
from routing.models.text import check_line

log = logging.getLogger(__name__)


class Forgiving(ModelAdmin):
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

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            if not names_rows(request.POST):
                raise Unreadable
            return super().changelist_view(request, extra_context)
        except Unreadable:
            self.message_user(request, "This address or selection could not be read: here is the list.", messages.ERROR)
            return HttpResponseRedirect(request.path)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Reads the rows, so that whatever the database cannot compare is found out here."""
        try:
            changelist = super().get_changelist_instance(request)
            len(changelist.result_list)
        except (ValueError, TypeError, OverflowError, DataError, FieldError, ValidationError,
                DisallowedModelAdminLookup) as error:  # fmt: skip
            if not request.GET:
                # Nobody asked for anything odd: this is our own mistake.
                raise
            log.warning("A list was asked for what cannot be read: %s", type(error).__name__)
            raise Unreadable from error
        return changelist


def names_rows(form: QueryDict) -> bool:
    """Whether every id that the form of a list names is one that a row can have."""
    lines = [text for name, text in form.items() if name.startswith("form-") and name.endswith("-id") and text]
    return all(map(bounds.is_id, [*form.getlist(ACTION_CHECKBOX_NAME), *map(str, lines)]))
