"""Rules: the ordered rows that say who is told about which alert."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from routing import validators
from routing.changes.history import Records
from routing.inputs import bounds, visible
from routing.models.number import WholeNumber
from routing.models.target import Target
from routing.models.template import Template
from routing.models.text import Line
from routing.models.window import TimeWindow
from routing.rules.severity import fold


class FallbackIsNeeded(ValidationError):
    """Somebody tried to take the fallback rule away."""

    def __init__(self) -> None:
        super().__init__("The fallback rule cannot be deleted: it catches every alert that no other rule matches.")


class RuleQuerySet(models.QuerySet["Rule"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        if self.filter(is_fallback=True).exists():
            raise FallbackIsNeeded
        return super().delete()

    def in_order(self) -> RuleQuerySet:
        """As alerts walk them: by position, the fallback last."""
        return self.order_by("is_fallback", "position", "id")

    def fallback(self) -> Rule:
        """The fallback rule; it is made again if somebody removed it behind our back."""
        rule, _ = self.get_or_create(is_fallback=True, defaults={"name": "Fallback", "position": 0})
        return rule


def _fault_of(severities: list[str]) -> str:
    """What is wrong with them as a sentence; empty if nothing is."""
    if len(severities) > bounds.MOST_SEVERITIES:
        return f"At most {bounds.MOST_SEVERITIES} severities are allowed."
    if longest := next((word for word in severities if len(word) > bounds.LONGEST_SEVERITY), ""):
        return f"{longest[:20]}… is too long: a severity has at most {bounds.LONGEST_SEVERITY} characters."
    return next((fault for word in severities if (fault := visible.fault_of_name(word))), "")


def check_told(enabled: bool, records_only: bool, names_targets: bool) -> None:
    """Raises ValidationError for a rule that would tell nobody by mistake, or somebody against its word."""
    if records_only and names_targets:
        raise ValidationError(
            {"targets": "A rule that only records tells nobody: take its targets away, or untick it."}
        )
    if enabled and not records_only and not names_targets:
        raise ValidationError(
            {"targets": "Choose at least one target; or say that the rule only records, and nobody is told on purpose."}
        )


class Rule(models.Model):
    """Alerts with one of `severities` (none named: any) AND all of `matchers` are told to `targets`.

    Exactly one row is the fallback: enabled, without conditions, after all others.
    """

    name = Line(max_length=100, unique=True)
    position = WholeNumber(
        default=0, bounds=bounds.POSITION, db_index=True, help_text="Rules are tried from low to high."
    )
    enabled = models.BooleanField(default=True)
    severities = models.JSONField(default=list, blank=True, help_text="None chosen: any severity.")
    matchers = models.TextField(
        blank=True,
        validators=[validators.check_matchers],
        help_text='One a line, as in Alertmanager: team="db", env!="dev", service=~"api|web". All must match.',
    )
    targets = models.ManyToManyField(Target, related_name="rules", blank=True)
    continues = models.BooleanField(
        "continue",
        default=False,
        help_text="Go on to later rules after this one matched; they may tell further targets.",
    )
    records_only = models.BooleanField(
        "record only",
        default=False,
        help_text="Keep these alerts in the trail and tell nobody, on purpose: for Watchdog and the like.",
    )
    sends_resolved = models.BooleanField("send resolved", default=True)
    active_windows = models.ManyToManyField(
        TimeWindow,
        related_name="active_rules",
        blank=True,
        help_text="The rule speaks only inside one of these. None: at any time.",
    )
    muted_windows = models.ManyToManyField(
        TimeWindow, related_name="muted_rules", blank=True, help_text="The rule is silent inside any of these."
    )
    template = models.ForeignKey(
        Template,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        help_text="How its messages read. None: as the target says, else AlertHub's own words.",
    )
    is_fallback = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RuleQuerySet.as_manager()
    history = Records()

    class Meta:
        ordering = ["is_fallback", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["is_fallback"], condition=Q(is_fallback=True), name="one_fallback_rule"),
            models.CheckConstraint(condition=Q(is_fallback=False) | Q(enabled=True), name="fallback_is_enabled"),
            models.CheckConstraint(condition=Q(is_fallback=False) | Q(records_only=False), name="fallback_tells"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not isinstance(self.severities, list) or not all(isinstance(word, str) for word in self.severities):
            raise ValidationError({"severities": 'Give a list of words, for example ["critical", "warning"].'})
        self.severities = sorted({fold(word) for word in self.severities if word.strip()})
        if fault := _fault_of(self.severities):
            raise ValidationError({"severities": fault})
        if self.is_fallback and not self.enabled:
            raise ValidationError({"enabled": "The fallback rule cannot be disabled: it catches what no rule matches."})
        if self.is_fallback and (self.severities or self.matchers.strip()):
            raise ValidationError("The fallback rule takes every alert: it can have no severities and no matchers.")

        if self.is_fallback and self.records_only:
            raise ValidationError(
                {"records_only": "The fallback rule tells somebody: it catches what no rule matches."}
            )

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.is_fallback:
            raise FallbackIsNeeded
        return super().delete(*args, **kwargs)


class Rulebook(models.Model):
    """One row whose `version` database triggers raise at every change of what decides a route (see the migration).

    So a process may keep the compiled rules and ask one number whether they still hold.
    """

    version = models.BigIntegerField(default=1)
    prepared_at = models.DateTimeField(null=True, help_text="When the first source, targets and rules were made.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_rulebook")]

    def __str__(self) -> str:
        return f"version {self.version}"


def only_target_of(*targets: Target) -> list[Rule]:
    """The rules that would tell nobody if these targets were deleted, in the order alerts walk them."""
    going = {target.pk for target in targets}
    told_by = {rule for target in targets for rule in target.rules.prefetch_related("targets")}
    alone = [rule for rule in told_by if {target.pk for target in rule.targets.all()} <= going]
    return sorted(alone, key=lambda rule: (rule.is_fallback, rule.position, rule.pk))
