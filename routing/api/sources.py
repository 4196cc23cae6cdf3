"""Sources as JSON, with their tokens."""

from __future__ import annotations

from rest_framework import serializers

from routing.api.serializers import RowSerializer
from routing.api.tokens import IngestTokenSerializer
from routing.models import Source


class SourceSerializer(RowSerializer):
    tokens = IngestTokenSerializer(many=True, read_only=True)
    severity_labels = serializers.ListField(
        child=serializers.CharField(max_length=100),
        min_length=1,
        max_length=10,
        required=False,
        help_text="Labels that say how bad an alert is: the first one that the alert has counts.",
    )

    class Meta:
        model = Source
        fields = [
            "id", "name", "enabled", "severity_labels", "duplicate_window", "repeat_interval", "close_after", "tokens",
            "created_at",
        ]  # fmt: skip
