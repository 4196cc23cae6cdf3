"""The history of what people edit, as JSON; and the reason a change may give."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from routing.api.pages import NewestFirst
from routing.api.strict import Strict
from routing.changes import authorship, differences, past
from routing.changes.history import CHANGED, DELETED, MADE
from routing.inputs import bounds
from routing.validators import check_prose

_KINDS = {MADE: "made", CHANGED: "changed", DELETED: "deleted"}


class _Words(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        """A number is no reason."""
        if not isinstance(data, str):
            raise serializers.ValidationError("Give a text: why this is changed.")
        return str(super().to_internal_value(data))


def reason_field() -> serializers.CharField:
    return _Words(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=authorship.LONGEST,
        validators=[check_prose],
        help_text="Why this is changed: kept in the history. Needed for a change, and to delete, where ALERTHUB_REASON_REQUIRED "
        "is set.",
    )


def check_reason(given: str) -> None:
    """For a row that is there. Raises serializers.ValidationError if a reason is needed and none is given."""
    if settings.REASON_REQUIRED and not given.strip():
        raise serializers.ValidationError({"reason": ["Say in a few words why: it is kept in the history."]})


class DifferenceSerializer(serializers.Serializer[Any]):
    """One field: from `before` to `after`, or the lines `removed` and `added`. Of a secret only that it changed."""

    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    removed = serializers.ListField(child=serializers.CharField())
    added = serializers.ListField(child=serializers.CharField())


class ChangeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="history_id")
    at = serializers.DateTimeField(source="history_date")
    kind = serializers.SerializerMethodField(help_text="made, changed or deleted.")
    by = serializers.CharField(source="history_by")
    reason = serializers.CharField(source="history_change_reason")
    changes = DifferenceSerializer(many=True)

    def get_kind(self, record: Any) -> str:
        return _KINDS[record.history_type]


class _Newest(NewestFirst):
    ordering = "-history_id"


class _Goodbye(Strict):
    """What may be said when a row is deleted."""

    reason = reason_field()


class HasHistory:
    """Every change of a row, newest first; also of one that was deleted."""

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = _Goodbye(data=request.data or {})
        asked.is_valid(raise_exception=True)
        reason = asked.validated_data.get("reason", "")
        check_reason(reason)
        with authorship.because(reason):
            return super().destroy(request, *args, **kwargs)  # type: ignore[misc]

    @extend_schema(responses=ChangeSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=_Newest)
    def history(self: Any, request: Request, pk: str) -> Response:
        """Every change of it, newest first, also after it was deleted: who, when, why and what."""
        if not bounds.is_id(pk):
            raise NotFound
        records = self.queryset.model.history.filter(id=int(pk))
        if not records.exists():
            raise NotFound
        page = self.paginate_queryset(records)
        older = records.filter(history_id__lt=page[-1].history_id).order_by("-history_id").first() if page else None
        for record, before in zip(page, [*page[1:], older], strict=True):
            old = past.state(before) if before is not None else {}
            record.changes = differences.between(old, past.state(record)) if record.history_type != DELETED else ()
        return self.get_paginated_response(ChangeSerializer(page, many=True).data)
