"""Silences and time windows as JSON."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers

from routing.api.fields import MatchersField
from routing.api.serializers import RowSerializer
from routing.api.strict import Strict
from routing.inputs import bounds
from routing.models import Silence, TimeInterval, TimeWindow
from routing.rules import matchers
from routing.rules.windows import WindowError


class SilenceSerializer(RowSerializer):
    """Alerts that all matchers fit are recorded and not told from `starts_at` until `ends_at`."""

    matchers = MatchersField(
        max_length=matchers.LONGEST, help_text='As in Alertmanager, one a line: alertname="DiskFull". All must match.'
    )
    starts_at = serializers.DateTimeField(required=False, help_text="Left out: now.")
    state = serializers.SerializerMethodField(help_text="active, pending or over.")

    class Meta:
        model = Silence
        fields = ["id", "matchers", "starts_at", "ends_at", "state", "author", "comment", "created_at"]
        read_only_fields = ["author"]

    def get_state(self, silence: Silence) -> str:
        now = timezone.now()
        if silence.ends_at <= now:
            return "over"
        return "pending" if silence.starts_at > now else "active"

    def fill(self, row: Silence, values: dict[str, Any]) -> None:
        if row.pk is not None and row.ends_at <= timezone.now():
            raise serializers.ValidationError("This silence is over. Make a new one.")
        super().fill(row, values)
        if row.starts_at is None:
            row.starts_at = timezone.now()
        if row.pk is None:
            row.author = self.context["request"].user.get_username()


class TimeIntervalSerializer(Strict, serializers.ModelSerializer[Any]):
    """Lists with commas, as in Alertmanager: "09:00-17:00", "monday:friday". A field left out holds at any time."""

    class Meta:
        model = TimeInterval
        fields = ["times", "weekdays", "days_of_month", "months", "years", "location"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            TimeInterval(**attrs).interval()
        except WindowError as error:
            raise serializers.ValidationError({error.field: str(error)}) from None
        return attrs


class TimeWindowSerializer(RowSerializer):
    """It holds in any of its intervals; in one interval every field that is given must hold."""

    set_later = ("intervals",)

    intervals = TimeIntervalSerializer(many=True, max_length=bounds.MOST_INTERVALS)  # type: ignore[call-arg]  # of the list
    rules = serializers.SerializerMethodField(help_text="Names of the rules that refer to it.")

    class Meta:
        model = TimeWindow
        fields = ["id", "name", "note", "intervals", "rules"]

    def get_rules(self, window: TimeWindow) -> list[str]:
        return sorted({rule.name for rows in (window.active_rules, window.muted_rules) for rule in rows.all()})

    @transaction.atomic
    def _store(self, values: dict[str, Any]) -> Any:
        self._save_row()
        if "intervals" in values:
            self._row.intervals.all().delete()
            TimeInterval.objects.bulk_create(TimeInterval(window=self._row, **each) for each in values["intervals"])
        return TimeWindow.objects.prefetch_related("intervals", "active_rules", "muted_rules").get(pk=self._row.pk)
