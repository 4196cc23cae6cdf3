"""Targets and rules as JSON. What is right or wrong is said by the models' own full_clean."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Max
from rest_framework import serializers

from routing.api.fields import MatchersField, RowId, TargetIds, TimeWindowIds
from routing.api.past import check_reason, reason_field
from routing.api.strict import Strict
from routing.changes import authorship, changing
from routing.changes.history import complete
from routing.inputs import bounds
from routing.models import RocketChatServer, Rule, Target, Template
from routing.models.rule import check_told
from routing.models.target import NEEDS_ADDRESS
from routing.rules import matchers

_POSITION_STEP = 10
_FALLBACK_ALWAYS_SPEAKS = "The fallback rule speaks at any time: it catches what no other rule takes."
_FALLBACK_TAKES_ALL = "The fallback rule takes every alert: it can have no severities and no matchers."


class RowSerializer(Strict, serializers.ModelSerializer[Any]):
    # The docstrings of serializers are shown in the API's documentation.
    # Checks a row with the model's full_clean, so that the API and the admin cannot differ.

    set_later: tuple[str, ...] = ()
    """The fields that are set after the row is saved."""

    def fill(self, row: Any, values: dict[str, Any]) -> None:
        """Set the values on the row. May raise serializers.ValidationError."""
        for name, value in values.items():
            if name not in self.set_later:
                setattr(row, name, value)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"reason": reason_field()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self._reason: str = attrs.pop("reason", "")
        model: Any = self.Meta.model
        self._row: Any = self.instance if self.instance is not None else model()
        self._before = changing.values(self._row)
        self.fill(self._row, dict(attrs))
        try:
            self._row.full_clean()
        except ValidationError as error:
            raise serializers.ValidationError(self._by_api_name(error)) from None
        return attrs

    @property
    def row(self) -> Any:
        """The row as it would be saved, without what is set later; there once it is valid."""
        return self._row

    def _by_api_name(self, error: ValidationError) -> dict[str, list[str]]:
        names = {field.source: name for name, field in self.fields.items()}
        named: dict[str, list[str]] = {}
        for name, sentences in error.message_dict.items():
            shown = "non_field_errors" if name == NON_FIELD_ERRORS else names.get(name, name)
            named.setdefault(shown, []).extend(sentences)
        return named

    def create(self, validated_data: dict[str, Any]) -> Any:
        return self._keep(validated_data)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        # Not before: what only asks what a change would do gives none.
        check_reason(self._reason)
        return self._keep(validated_data)

    @transaction.atomic
    def _keep(self, values: dict[str, Any]) -> Any:
        """All of it is one change in the history."""
        with authorship.because(self._reason):
            row = self._store(values)
            complete(row)
        return row

    @transaction.atomic
    def _store(self, values: dict[str, Any]) -> Any:
        self._save_row()
        for name in self.set_later:
            if name in values:
                getattr(self._row, name).set(values[name])
        return self._row

    def _save_row(self) -> None:
        if self.instance is None:
            self._row.save()
        else:
            changing.save(self._row, self._before)


class TargetSerializer(RowSerializer):
    """A webhook, or a server and a room. The webhook's address goes in and never comes out: `webhook` is a mask of it."""

    webhook_url = serializers.CharField(
        write_only=True,
        required=False,
        max_length=2000,
        help_text="The whole address Rocket.Chat shows for the incoming integration. Needed for a new target without a "
        "server; left out of a change, the old one stays. It is never shown again.",
    )
    webhook = serializers.CharField(
        source="masked_url",
        read_only=True,
        help_text="Scheme, host and the last 4 characters; with a server its scheme and host, and the room.",
    )
    server = RowId(
        queryset=RocketChatServer.objects.all(),
        required=False,
        allow_null=True,
        help_text="Id of a Rocket.Chat server, to post through its REST API into `channel`; null: through the webhook.",
    )
    template = RowId(
        queryset=Template.objects.all(), required=False, allow_null=True, help_text="Id of how messages here read."
    )
    fallback_target = RowId(
        queryset=Target.objects.all(),
        required=False,
        allow_null=True,
        help_text="Id of the target that gets copies of what is owed here while this one does not take it.",
    )

    class Meta:
        model = Target
        fields = [
            "id", "name", "enabled", "webhook_url", "webhook", "server", "channel", "updates", "resolved_in_room", "alias",
            "emoji", "avatar_url", "template", "connect_timeout", "timeout", "verify_tls", "ca_file", "rate_limit_calls",
            "rate_limit_seconds", "text_limit", "digest_after", "fallback_target", "fallback_after", "hears_troubles",
            "created_at",
        ]  # fmt: skip
        # The file is looked for by full_clean, after the text itself was found to be sane.
        extra_kwargs: dict[str, Any] = {"ca_file": {"validators": []}}

    def fill(self, row: Target, values: dict[str, Any]) -> None:
        url = values.pop("webhook_url", None)
        super().fill(row, values)
        if row.is_rest:
            if url is not None:
                sentence = "One target is one road: give a webhook address, or a server. With null it has none."
                raise serializers.ValidationError({"server": sentence})
            row.leave_webhook()
        elif url is not None:
            try:
                row.set_webhook_url(url)
            except ValidationError as error:
                raise serializers.ValidationError({"webhook_url": error.messages}) from None
        elif row.lacks_address and row.enabled:
            raise serializers.ValidationError({"webhook_url": NEEDS_ADDRESS})

    def _by_api_name(self, error: ValidationError) -> dict[str, list[str]]:
        named = super()._by_api_name(error)
        if sentences := named.pop("webhook_origin", None):
            named.setdefault("webhook_url", []).extend(sentences)
        return named


class RuleSerializer(RowSerializer):
    set_later = ("targets", "active_windows", "muted_windows")

    severities = serializers.ListField(
        child=serializers.CharField(max_length=bounds.LONGEST_SEVERITY),
        max_length=bounds.MOST_SEVERITIES,
        required=False,
        help_text="None: any severity.",
    )
    matchers = MatchersField(
        required=False,
        allow_blank=True,
        max_length=matchers.LONGEST,
        help_text='As in Alertmanager, one a line: team="db", env!="dev". All must match.',
    )
    targets = TargetIds(
        required=False,
        max_length=bounds.MOST_TARGETS,
        help_text="Ids. An enabled rule needs one at least, unless it only records.",
    )
    target_names = serializers.SerializerMethodField()
    template = RowId(
        queryset=Template.objects.all(), required=False, allow_null=True, help_text="Id of how its messages read."
    )
    active_windows = TimeWindowIds(
        required=False,
        max_length=bounds.MOST_WINDOWS,
        help_text="Ids of time windows: it speaks only inside one. None: at any time.",
    )
    muted_windows = TimeWindowIds(
        required=False,
        max_length=bounds.MOST_WINDOWS,
        help_text="Ids of time windows: it is silent inside any of them.",
    )
    send_resolved = serializers.BooleanField(source="sends_resolved", required=False)

    class Meta:
        model = Rule
        fields = [
            "id", "name", "position", "enabled", "severities", "matchers", "targets", "target_names",
            "records_only", "active_windows", "muted_windows", "template", "send_resolved", "is_fallback", "created_at",
        ]  # fmt: skip
        read_only_fields = ["is_fallback"]
        extra_kwargs = {
            "position": {
                "help_text": "Rules are tried from low to high. Left out of a new rule: after all others.",
            }
        }

    def get_fields(self) -> dict[str, Any]:
        # `continue` is a word of Python's and cannot stand above.
        help_text = "Go on to later rules after this one matched."
        return super().get_fields() | {
            "continue": serializers.BooleanField(source="continues", required=False, help_text=help_text)
        }

    def get_target_names(self, rule: Rule) -> list[str]:
        return [target.name for target in rule.targets.all()]

    def fill(self, row: Rule, values: dict[str, Any]) -> None:
        super().fill(row, values)
        if row.pk is None and "position" not in values:
            last = Rule.objects.filter(is_fallback=False).aggregate(last=Max("position"))["last"] or 0
            row.position = bounds.POSITION.nearest(last + _POSITION_STEP)
        if row.is_fallback:
            self._keep_fallback_open(values)
        tells_somebody = values["targets"] if "targets" in values else row.pk is not None and row.targets.exists()
        try:
            check_told(row.enabled, row.records_only, bool(tells_somebody))
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None

    def _keep_fallback_open(self, values: dict[str, Any]) -> None:
        """The model refuses these as a whole; here the sentence stands at the field that was sent."""
        if wrong := [name for name in ("severities", "matchers") if values.get(name)]:
            raise serializers.ValidationError(dict.fromkeys(wrong, _FALLBACK_TAKES_ALL))
        if wrong := [name for name in ("active_windows", "muted_windows") if values.get(name)]:
            raise serializers.ValidationError(dict.fromkeys(wrong, _FALLBACK_ALWAYS_SPEAKS))
