"""Tokens as JSON: shown once, when they are made; a mask of them from then on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from django.utils import timezone
from rest_framework import serializers

from routing.access import tokens
from routing.api.strict import Strict
from routing.models import ApiToken, IngestToken
from routing.models.token import Token

_SHOWN = ["id", "name", "hint", "created_at", "expires_at", "last_used_at"]
_HEADER_SAFE = RegexValidator(r"^[!-~]+$", "Use letters, digits and signs without spaces: a token travels in a header.")


class IngestTokenSerializer(serializers.ModelSerializer[IngestToken]):
    class Meta:
        model = IngestToken
        fields = _SHOWN


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    user = serializers.CharField(source="user.username", read_only=True)
    state = serializers.SerializerMethodField(help_text="valid, expired, stopped or ended.")
    state_reason = serializers.SerializerMethodField(help_text="Why it is refused; empty while it is valid.")

    class Meta:
        model = ApiToken
        fields = [*_SHOWN, "user", "machine", "state", "state_reason"]

    def get_state(self, row: ApiToken) -> str:
        return row.standing(timezone.now())[0]

    def get_state_reason(self, row: ApiToken) -> str:
        return row.standing(timezone.now())[1]


class _NewToken(Strict, serializers.ModelSerializer[Any]):
    prefix: str

    def validate_expires_at(self, expires_at: datetime | None) -> datetime | None:
        if expires_at is not None and expires_at <= timezone.now():
            raise serializers.ValidationError("This is in the past: the token could never be used.")
        return expires_at

    def create(self, validated_data: dict[str, Any]) -> Token:
        secret = validated_data.pop("token", None) or tokens.new(self.prefix)
        model: Any = self.Meta.model
        row: Token = model(**validated_data)
        row.keep(secret)
        row.save()
        row.token = secret  # type: ignore[attr-defined]
        return row


class NewIngestTokenSerializer(_NewToken):
    prefix = tokens.INGEST_PREFIX
    token = serializers.CharField(
        required=False,
        min_length=16,
        max_length=200,
        validators=[_HEADER_SAFE],
        help_text="A secret of your own; left out, one is made. This answer is the only one that shows it.",
    )

    class Meta:
        model = IngestToken
        fields = [*_SHOWN, "token"]
        read_only_fields = ["hint", "last_used_at"]

    def validate_token(self, token: str) -> str:
        if IngestToken.objects.filter(digest__in=tokens.digests(token)).exists():
            raise serializers.ValidationError("This token is in use already. Choose another one.")
        return token


class NewApiTokenSerializer(_NewToken):
    prefix = tokens.API_PREFIX
    user = serializers.CharField(source="user.username", read_only=True)
    token = serializers.CharField(read_only=True, help_text="This answer is the only one that shows it.")

    class Meta:
        model = ApiToken
        fields = [*_SHOWN, "user", "machine", "token"]
        read_only_fields = ["hint", "last_used_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        used = self.context["request"].auth
        if isinstance(used, ApiToken) and used.expires_at is not None:
            until = attrs.get("expires_at")
            if until is None or until > used.expires_at:
                sentence = "A token cannot make one that outlives it: give a moment before its own end, or log in."
                raise serializers.ValidationError({"expires_at": sentence})
        if isinstance(used, ApiToken) and attrs.get("machine") and not used.machine:
            # It would stay when the password is changed, and so outlive the one that made it.
            raise serializers.ValidationError({"machine": "A person's token cannot make one for a machine: log in."})
        return attrs
