"""Rocket.Chat servers as JSON: the access token goes in and never comes out."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from routing.api.serializers import RowSerializer
from routing.models import RocketChatServer


class RocketChatServerSerializer(RowSerializer):
    """A Rocket.Chat and the bot account AlertHub posts with. `token` is a mask of the account's access token."""

    access_token = serializers.CharField(
        write_only=True,
        required=False,
        max_length=500,
        help_text="A personal access token of the bot. Needed for a new server and with a new `base_url`; left out of "
        "another change, the old one stays. It is never shown again.",
    )
    token = serializers.CharField(source="masked_token", read_only=True, help_text="Its last 4 characters.")

    class Meta:
        model = RocketChatServer
        fields = [
            "id", "name", "base_url", "user_id", "access_token", "token", "verify_tls", "ca_file", "rate_limit_calls",
            "rate_limit_seconds", "created_at",
        ]  # fmt: skip
        # The file is looked for by full_clean, after the text itself was found to be sane.
        extra_kwargs: dict[str, Any] = {"ca_file": {"validators": []}}

    def fill(self, row: RocketChatServer, values: dict[str, Any]) -> None:
        token = values.pop("access_token", None)
        super().fill(row, values)
        if token is None and not row.token_sealed:
            raise serializers.ValidationError(
                {"access_token": "A new server needs the access token of its bot account."}
            )
        if token is not None:
            try:
                row.set_token(token)
            except ValidationError as error:
                raise serializers.ValidationError({"access_token": error.messages}) from None
