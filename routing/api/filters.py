"""Filters of lists. An unknown name is refused: a typo must not return everything."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

_OF_PAGES = {"cursor", "limit"}


class KnownFilters(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.detail:
            return queryset
        filterset = self.get_filterset_class(view, queryset)
        known = set(filterset.base_filters if filterset else ()) | _OF_PAGES
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            sentence = f"There is no such filter. There are: {', '.join(sorted(known))}."
            raise ValidationError({name: [sentence] for name in unknown})
        chosen = self.get_filterset(request, queryset, view)
        if chosen is None:
            return queryset
        if not chosen.is_valid():
            # The library's own translation takes a % in a sentence for a placeholder.
            wrong = chosen.form.errors.get_json_data()
            raise ValidationError({name: [each["message"] for each in errors] for name, errors in wrong.items()})
        filtered: QuerySet[Any] = chosen.qs
        return filtered
