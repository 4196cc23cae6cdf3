"""Dead letters in the REST API: what ended badly or is held, how many by reason, sent again or given up in bulk."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.utils import timezone
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries import outbox
from deliveries.api.fields import Moment, NameOrId
from deliveries.api.filters import Severity
from deliveries.api.serializers import DeliverySerializer
from deliveries.models import Delivery
from deliveries.outbox import Settled
from deliveries.wake import nudge
from routing.api.fields import WholeNumber
from routing.api.pages import NewestFirst
from routing.api.strict import Strict
from routing.api.views import ApiView
from routing.inputs import bounds
from routing.validators import check_prose


class DeadLetterFilters(FilterSet):
    state = django_filters.MultipleChoiceFilter(
        choices=[(state.value, state.label) for state in Delivery.DEAD], help_text="May be given several times."
    )
    reason = django_filters.CharFilter()
    severity = Severity()
    target = NameOrId(help_text="Id or name.")
    source = NameOrId(field_name="notification__source", help_text="Id or name.")
    created_after = Moment(field_name="created_at", lookup_expr="gte")
    created_before = Moment(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Delivery
        fields: list[str] = []


class Counted(NewestFirst):
    """A page that also says how many there are by reason, within the filters, whatever the page."""

    counts: dict[str, int]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self.counts = dict(queryset.order_by().values_list("reason").annotate(Count("id")))
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        answer = super().get_paginated_response(data)
        answer.data = {"counts": self.counts, **answer.data}
        return answer

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole = super().get_paginated_response_schema(schema)
        counts = {"type": "object", "additionalProperties": {"type": "integer"}, "example": {"too_late": 12}}
        whole["properties"] = {"counts": counts, **whole["properties"]}
        whole["required"] = ["counts", *whole.get("required", [])]
        return whole


class ChosenSerializer(Strict):
    ids = serializers.ListField(
        child=WholeNumber(bounds.IDS),
        allow_empty=False,
        max_length=outbox.AT_MOST,
        help_text=f"At most {outbox.AT_MOST:,} deliveries.",
    )


class GivenUpSerializer(ChosenSerializer):
    reason = serializers.CharField(
        max_length=500, validators=[check_prose], help_text="Why: it is written beside each delivery."
    )


class AgainSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    again = serializers.IntegerField(help_text="The new delivery that is owed in its place.")


def _ids(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.IntegerField(), help_text=help_text)


class SettledSerializer(serializers.Serializer[Settled]):
    """What became of each."""

    waiting_again = _ids("Held ones that wait again; their targets are tried now.")
    sent_again = AgainSerializer(many=True)
    given_up = _ids("With what digests among them carried.")
    nothing_to_send = _ids("Dead digests: what they carried goes out by itself.")
    target_deleted = _ids("Left: send them again to another target, by the delivery's resend.")
    target_disabled = _ids("Left held: enable their target.")
    told_of_others = _ids("Left: digests and lines; send again what they tell of.")
    skipped = _ids("Left: settled before, being sent just now, or no dead letters.")


class DeadLetterViewSet(mixins.ListModelMixin, ApiView):
    """What ended badly or is held, until somebody sends it again or gives it up."""

    queryset = Delivery.objects.dead()
    serializer_class = DeliverySerializer
    filterset_class = DeadLetterFilters
    pagination_class = Counted
    action_permissions = {"send_again": "deliveries.change_delivery", "give_up": "deliveries.change_delivery"}

    def get_queryset(self) -> QuerySet[Delivery]:
        deliveries: QuerySet[Delivery] = super().get_queryset()
        return deliveries.select_related("notification").defer("notification__body", "notification__group_key")

    @extend_schema(request=ChosenSerializer, responses=SettledSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="send-again", pagination_class=None)
    def send_again(self, request: Request) -> Response:
        """What is held waits again and its target is tried now; what ended badly is owed anew, in the old order."""
        asked = ChosenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        who = request.user.get_username()
        return _answer(outbox.send_again(asked.validated_data["ids"], who=who, now=timezone.now(), dead_only=True))

    @extend_schema(request=GivenUpSerializer, responses=SettledSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="give-up", pagination_class=None)
    def give_up(self, request: Request) -> Response:
        """Nothing is sent any more; a waiting delivery can be given up too. `reason` is written beside each."""
        asked = GivenUpSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        ids, reason = asked.validated_data["ids"], asked.validated_data["reason"]
        return _answer(outbox.give_up(ids, who=request.user.get_username(), reason=reason, now=timezone.now()))


def _answer(settled: Settled) -> Response:
    nudge.targets(settled.target_ids)
    return Response(
        {
            "waiting_again": settled.released,
            "sent_again": [{"id": old, "again": new} for old, new in settled.again.items()],
            "given_up": settled.given_up,
            "nothing_to_send": settled.freed,
            "target_deleted": settled.orphans,
            "target_disabled": settled.disabled,
            "told_of_others": settled.told,
            "skipped": settled.skipped,
        }
    )
