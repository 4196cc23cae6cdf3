"""Templates as JSON, checked as in the admin."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from deliveries import rendering
from routing.api.errors import Conflict, Unavailable
from routing.api.serializers import RowSerializer
from routing.api.views import Rows
from routing.models import Template


class TemplateSerializer(RowSerializer):
    """Jinja2 for the line and for the card; one that cannot say every sample is refused, with the line."""

    class Meta:
        model = Template
        fields = ["id", "name", "headline", "card", "note"]

    def fill(self, row: Template, values: dict[str, Any]) -> None:
        super().fill(row, values)
        if faults := _faults(row.headline, row.card):
            raise serializers.ValidationError(faults)


class TemplateViewSet(Rows):
    """How messages read. One that rules or targets use cannot be deleted."""

    queryset = Template.objects.all()
    serializer_class = TemplateSerializer
    filterset_fields = ["name"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Tried before anything is locked; when the row is checked it is known."""
        super().initial(request, *args, **kwargs)
        if request.method in ("POST", "PUT", "PATCH") and isinstance(request.data, dict):
            _faults(*(str(request.data.get(field) or "") for field in ("headline", "card")))

    def perform_destroy(self, instance: Template) -> None:
        used = [*instance.rules.values_list("name", flat=True), *instance.targets.values_list("name", flat=True)]
        if used:
            raise Conflict(f"It is used by {', '.join(used[:5])}. Take it out of there first.")
        super().perform_destroy(instance)


def _faults(headline: str, card: str) -> dict[str, str]:
    try:
        return rendering.faults(headline, card)
    except rendering.Busy as busy:
        raise Unavailable(str(busy)) from None
