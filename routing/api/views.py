"""The REST API of sources, targets, servers, rules, severity words and tokens."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import ChoiceFilter, FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from routing.api.bodies import JsonBody
from routing.api.errors import Conflict
from routing.api.filters import KnownFilters
from routing.api.pages import NewestFirst, OldestFirst
from routing.api.past import HasHistory
from routing.api.quiet import SilenceSerializer, TimeWindowSerializer
from routing.api.serializers import RuleSerializer, TargetSerializer
from routing.api.servers import RocketChatServerSerializer
from routing.api.severities import SeverityWordSerializer
from routing.api.sources import SourceSerializer
from routing.api.strict import no_body
from routing.api.tokens import (
    ApiTokenSerializer,
    IngestTokenSerializer,
    NewApiTokenSerializer,
    NewIngestTokenSerializer,
)
from routing.changes import changing
from routing.changes.history import note
from routing.models import (
    ApiToken,
    IngestToken,
    RocketChatServer,
    Rule,
    SeverityAlias,
    Silence,
    Source,
    Target,
    TimeWindow,
)
from routing.models.rule import FallbackIsNeeded, only_target_of
from routing.models.window import WindowIsUsed

_SOURCE_ID = OpenApiParameter("source_id", int, OpenApiParameter.PATH)


class WithoutBody(mixins.DestroyModelMixin):
    """Deleting a row of which nothing can be said."""

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        no_body(request)
        return super().destroy(request, *args, **kwargs)


class ApiView(viewsets.GenericViewSet[Any]):
    """What every list and row of the API has in common."""

    parser_classes = [JsonBody]
    filter_backends = [KnownFilters]
    pagination_class: type[NewestFirst] = OldestFirst


class Rows(HasHistory, viewsets.ModelViewSet[Any], ApiView):
    """Rows people edit. One is locked from being read until it is written: of two changes at once none is lost."""

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset()
        return changing.for_update(rows) if self.action in ("update", "partial_update", "destroy") else rows

    @transaction.atomic
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().update(request, *args, **kwargs)


class SourceViewSet(Rows):
    """Who may post. Deleting a source keeps what it sent."""

    queryset = Source.objects.prefetch_related("tokens")
    serializer_class = SourceSerializer
    filterset_fields = ["name", "enabled"]


@extend_schema(parameters=[_SOURCE_ID])
@extend_schema_view(create=extend_schema(request=NewIngestTokenSerializer, responses={201: NewIngestTokenSerializer}))
class IngestTokenViewSet(mixins.ListModelMixin, mixins.CreateModelMixin, WithoutBody, ApiView):
    """The ingest tokens of one source. A new one is shown once, in the answer that makes it."""

    queryset = IngestToken.objects.all()

    def get_queryset(self) -> QuerySet[IngestToken]:
        return super().get_queryset().filter(source__pk=self.kwargs["source_id"])

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewIngestTokenSerializer if self.action == "create" else IngestTokenSerializer

    @transaction.atomic
    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        source = self._source()
        serializer.save(source=source)
        note(source)

    @transaction.atomic
    def perform_destroy(self, instance: IngestToken) -> None:
        source = self._source()
        instance.delete()
        note(source)

    def _source(self) -> Source:
        """Locked, since its history tells of its tokens; and it may have gone with them a moment ago."""
        source = changing.locked(Source, self.kwargs["source_id"])
        if source is None:
            raise NotFound("There is no such source.")
        return source


class TargetViewSet(Rows):
    """Rooms messages go to. Deleting a target keeps the history of what was sent there."""

    queryset = Target.objects.select_related("server")
    serializer_class = TargetSerializer
    filterset_fields = ["name", "enabled"]

    def perform_destroy(self, instance: Target) -> None:
        if rules := only_target_of(instance):
            names = ", ".join(rule.name for rule in rules)
            raise Conflict(f"It is the only target of: {names}. Give them another target first, or delete them.")
        instance.delete()


class RocketChatServerViewSet(Rows):
    """Rocket.Chat servers, and the bot accounts targets post through. One that targets use cannot be deleted."""

    queryset = RocketChatServer.objects.all()
    serializer_class = RocketChatServerSerializer
    filterset_fields = ["name"]

    def perform_destroy(self, instance: RocketChatServer) -> None:
        if names := ", ".join(instance.targets.values_list("name", flat=True)):
            raise Conflict(f"Targets post through it: {names}. Give them another way first, or delete them.")
        instance.delete()


class RuleViewSet(Rows):
    """Who is told about which alert. The fallback rule always stays."""

    queryset = Rule.objects.prefetch_related("targets", "active_windows", "muted_windows")
    serializer_class = RuleSerializer
    filterset_fields = ["name", "enabled"]

    def perform_destroy(self, instance: Rule) -> None:
        try:
            instance.delete()
        except FallbackIsNeeded as error:
            raise Conflict(error.messages[0]) from None


class SilenceFilter(FilterSet):
    state = ChoiceFilter(method="in_state", choices=[("active", "active"), ("pending", "pending"), ("over", "over")])

    class Meta:
        model = Silence
        fields = ["author"]

    def in_state(self, queryset: QuerySet[Silence], _: str, state: str) -> QuerySet[Silence]:
        now, rows = timezone.now(), Silence.objects.all()
        chosen = {"active": rows.active, "pending": rows.pending, "over": rows.over}[state](now)
        return queryset.filter(pk__in=chosen.values("pk"))


class SilenceViewSet(Rows):
    """Alerts that nobody wants to hear of for a while. Deleting one ends it now; it stays for the trail."""

    queryset = Silence.objects.all()
    serializer_class = SilenceSerializer
    filterset_class = SilenceFilter

    def perform_destroy(self, instance: Silence) -> None:
        now = timezone.now()
        if instance.ends_at > now:
            before = changing.values(instance)
            instance.starts_at, instance.ends_at = min(instance.starts_at, now), now
            changing.save(instance, before)


class TimeWindowViewSet(Rows):
    """Times that rules refer to. One that rules use cannot be deleted."""

    queryset = TimeWindow.objects.prefetch_related("intervals", "active_rules", "muted_rules")
    serializer_class = TimeWindowSerializer
    filterset_fields = ["name"]

    def perform_destroy(self, instance: TimeWindow) -> None:
        try:
            instance.delete()
        except WindowIsUsed as error:
            raise Conflict(error.messages[0]) from None


class SeverityWordViewSet(Rows):
    """The words found in `severity` labels, and the severity each stands for."""

    queryset = SeverityAlias.objects.all()
    serializer_class = SeverityWordSerializer
    filterset_fields = ["word", "severity"]


@extend_schema_view(create=extend_schema(request=NewApiTokenSerializer, responses={201: NewApiTokenSerializer}))
class ApiTokenViewSet(mixins.ListModelMixin, mixins.CreateModelMixin, WithoutBody, ApiView):
    """Your own API tokens; superusers see everybody's. A new one is shown once, in the answer that makes it."""

    queryset = ApiToken.objects.select_related("user")

    def get_queryset(self) -> QuerySet[ApiToken]:
        tokens: QuerySet[ApiToken] = super().get_queryset()
        return tokens if self.request.user.is_superuser else tokens.filter(user_id=self.request.user.pk or 0)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewApiTokenSerializer if self.action == "create" else ApiTokenSerializer

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        serializer.save(user=self.request.user)
