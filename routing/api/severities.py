"""Severity words as JSON."""

from __future__ import annotations

from routing.api.serializers import RowSerializer
from routing.models import SeverityAlias
from routing.rules.severity import fold


class SeverityWordSerializer(RowSerializer):
    class Meta:
        model = SeverityAlias
        fields = ["id", "word", "severity"]

    def validate_word(self, word: str) -> str:
        """Folded before it is compared with the words that are there."""
        return fold(word)
