"""For programs that change rules: what a change would do to what was told lately, and what is suspect as it is."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries.foresight import findings, impact
from deliveries.foresight.impact import Progress
from routing import rulebook
from routing.api.fields import WholeNumber
from routing.api.serializers import RuleSerializer
from routing.api.strict import Strict
from routing.api.views import ApiView
from routing.inputs import bounds
from routing.models import Rule, Target
from routing.rulebook import Book, proposal
from routing.rulebook.proposal import Proposal
from routing.rules.matchers import MatcherError
from routing.rules.windows import WindowError

_SLICE_SECONDS = 8.0
_MOST_RULES = 5_000
_ID = WholeNumber(bounds.IDS)


class SuspicionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["setting", "rule", "target", "silence"])
    id = serializers.IntegerField(allow_null=True, help_text="Null for a setting.")
    name = serializers.CharField(help_text="Of a setting: the environment variable.")
    words = serializers.CharField(help_text="What is suspect, in a sentence.")


class FindingViewSet(ApiView):
    """What is suspect of rules, targets, silences and settings: rules that are never reached, targets nobody uses, and so on."""

    queryset = Rule.objects.all()
    filter_backends = []
    pagination_class: Any = None
    serializer_class = SuspicionSerializer
    action_permissions = {"list": "routing.view_rule"}

    @extend_schema(responses=SuspicionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Of what you may see. All at once; an empty list if nothing is suspect."""
        found = findings.in_all(timezone.now(), Target.objects.all())
        seen = [one for one in found if one[0] == "setting" or request.user.has_perm(f"routing.view_{one[0]}")]
        named = [dict(zip(("kind", "id", "name", "words"), one, strict=True)) for one in seen]
        return Response(SuspicionSerializer(named, many=True).data)


@extend_schema_field(OpenApiTypes.OBJECT)
class RuleField(serializers.Field[Any, Any, Any, Any]):
    """A rule as `rules` takes it; with the `id` of one that is there, what is left out stays as it is."""

    def to_internal_value(self, data: Any) -> RuleSerializer:
        if not isinstance(data, dict):
            raise serializers.ValidationError("Give an object with the fields of a rule.")
        rule = None
        if "id" in data:
            rule = _rules([_ID.run_validation(data["id"])])[0]
        asked = RuleSerializer(rule, data=data, partial=rule is not None)
        asked.is_valid(raise_exception=True)
        return asked

    def to_representation(self, value: Any) -> Any:
        raise NotImplementedError


class ProposedSerializer(Strict):
    """One of `rule`, `delete` and `positions`."""

    rule = RuleField(required=False, help_text="As `rules` takes it; with the `id` of one, what is left out stays.")
    delete = serializers.ListField(
        child=WholeNumber(bounds.IDS), required=False, allow_empty=False,
        max_length=_MOST_RULES, help_text="Ids of rules that would be gone.",
    )  # fmt: skip
    positions = serializers.DictField(
        child=WholeNumber(bounds.POSITION), required=False, allow_empty=False,
        help_text="The position each rule would have, by its id; rules that are not named stay.",
    )  # fmt: skip
    hours = WholeNumber(impact.HOURS, default=24, help_text="How far back notifications are decided again.")
    go_on = serializers.CharField(
        required=False, help_text="From the answer before, if it was not the whole: with the same change."
    )

    def validate_positions(self, positions: dict[str, int]) -> dict[int, int]:
        sentence = f'Name at most {_MOST_RULES:,} rules by their ids: {{"12": 10}}.'
        if len(positions) > _MOST_RULES:
            raise serializers.ValidationError(sentence)
        try:
            numbered = {_ID.run_validation(each): place for each, place in positions.items()}
        except serializers.ValidationError:
            raise serializers.ValidationError(sentence) from None
        _rules(list(numbered))
        return numbered

    def validate_delete(self, ids: list[int]) -> list[int]:
        if any(rule.is_fallback for rule in _rules(ids)):
            raise serializers.ValidationError("The fallback rule always stays.")
        return ids

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ("rule", "delete", "positions")) != 1:
            raise serializers.ValidationError("Give one of the three: rule, delete or positions.")
        return attrs


class MovedExampleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    labels = serializers.CharField()
    notification = serializers.IntegerField()


class MovedSerializer(serializers.Serializer[Any]):
    before = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of the targets it went to.")
    before_names = serializers.ListField(child=serializers.CharField())
    after = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of the targets it would go to.")
    after_names = serializers.ListField(child=serializers.CharField())
    count = serializers.IntegerField(help_text="Tellings of alerts.")
    examples = MovedExampleSerializer(many=True, help_text="At most 5.")


class ImpactSerializer(serializers.Serializer[Any]):
    notifications = serializers.IntegerField(source="total", help_text="That are decided again: the newest.")
    capped = serializers.BooleanField(source="is_capped", help_text=f"There are more than {impact.MOST:,}.")
    done = serializers.IntegerField(help_text="How many of them were.")
    go_on = serializers.CharField(allow_null=True, help_text="Send it along to go on; null: this is the whole.")
    alerts = serializers.IntegerField(help_text="Tellings of alerts in them.")
    moved = MovedSerializer(many=True, help_text="What would go elsewhere; what nobody would hear of comes first.")


class ImpactViewSet(ApiView):
    """What a change of the rules would do: what was told lately, decided again by the old rules and by the new ones."""

    queryset = Rule.objects.all()
    filter_backends = []
    action_permissions = {"create": "routing.view_rule"}

    @extend_schema(request=ProposedSerializer, responses={200: ImpactSerializer})
    def create(self, request: Request) -> Response:
        """Nothing is saved and nothing is sent. A long look comes in parts of some seconds: see `go_on`."""
        if not request.user.has_perm("deliveries.view_notification"):
            raise PermissionDenied("Its examples need the permission deliveries.view_notification.")
        asked = ProposedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        progress = _progress(asked.validated_data)
        book = rulebook.current()
        try:
            change = _proposal(asked.validated_data, book)
        except (MatcherError, WindowError) as error:
            raise serializers.ValidationError({"rule": [str(error)]}) from None
        progress = impact.go_on(progress, change, book, impact.after(_SLICE_SECONDS))
        return Response(ImpactSerializer(_told(progress, book)).data)


def _progress(asked: dict[str, Any]) -> Progress:
    if "go_on" not in asked:
        return impact.begin(timezone.now(), asked["hours"])
    progress = Progress.opened(asked["go_on"])
    if progress is None:
        raise serializers.ValidationError({"go_on": ["It is not from an answer of the last hour. Begin again."]})
    return progress


def _proposal(asked: dict[str, Any], book: Book) -> Proposal:
    if "delete" in asked:
        return proposal.deleted(book, asked["delete"])
    if "positions" in asked:
        return proposal.reordered(book, asked["positions"])
    form: RuleSerializer = asked["rule"]
    rule, values = form.row, form.validated_data
    linked = {
        name: values[name] if name in values else list(getattr(rule, name).all()) if rule.pk else []
        for name in RuleSerializer.set_later
    }
    targets = [target.pk for target in linked["targets"]]
    return proposal.saved(book, rule, targets, linked["active_windows"], linked["muted_windows"])


def _told(progress: Progress, book: Book) -> dict[str, Any]:
    def names(ids: tuple[int, ...]) -> list[str]:
        return [book.targets.get(each, f"target {each}") for each in ids]

    moved = [
        {
            "before": group.before,
            "before_names": names(group.before),
            "after": group.after,
            "after_names": names(group.after),
            "count": group.count,
            "examples": [dict(zip(("name", "labels", "notification"), each, strict=True)) for each in group.examples],
        }
        for group in progress.groups
    ]
    counted = {name: getattr(progress, name) for name in ("total", "is_capped", "done", "alerts")}
    return counted | {"go_on": None if progress.is_over else progress.sealed(), "moved": moved}


def _rules(ids: list[int]) -> list[Rule]:
    found = Rule.objects.in_bulk(ids)
    if missing := [str(each) for each in ids if each not in found]:
        raise serializers.ValidationError(f"There is no rule with the id {', '.join(missing[:10])}.")
    return [found[each] for each in ids]
