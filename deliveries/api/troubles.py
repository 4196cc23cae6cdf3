"""Troubles in the REST API: what the self-watch found, open and over."""

from __future__ import annotations

import django_filters
from django_filters.rest_framework import FilterSet
from rest_framework import serializers

from deliveries.api.fields import Moment
from deliveries.api.views import History
from deliveries.models import Trouble
from deliveries.troubles import TroubleKind


class TroubleSerializer(serializers.ModelSerializer[Trouble]):
    kind = serializers.CharField(help_text=f"{', '.join(TroubleKind)}. Later versions may add to these.")

    class Meta:
        model = Trouble
        fields = ["id", "url", "kind", "subject", "detail", "since", "told_at", "ended_at"]


class TroubleFilters(FilterSet):
    kind = django_filters.MultipleChoiceFilter(
        choices=[(kind.value, kind.label) for kind in TroubleKind], help_text="May be given several times."
    )
    open = django_filters.BooleanFilter(
        field_name="ended_at", lookup_expr="isnull", help_text="false: those that are over."
    )
    since_after = Moment(field_name="since", lookup_expr="gte")
    since_before = Moment(field_name="since", lookup_expr="lt")

    class Meta:
        model = Trouble
        fields: list[str] = []


class TroubleViewSet(History):
    """What AlertHub found wrong with itself and its surroundings. `ended_at` is null while it lasts."""

    queryset = Trouble.objects.all()
    serializer_class = TroubleSerializer
    filterset_class = TroubleFilters
