"""From decisions to what is owed: each alert is decided alone, then alerts are grouped per (rule, target, status). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from deliveries.alertmanager import IncomingAlert
from routing.rules import decision, silencing
from routing.rules.severity import LABELS, rank, severity_of
from routing.rules.silencing import Quiet

OWED, STALE, RESOLVED_NOT_WANTED = "owed", "stale", "resolved_not_wanted"
ALREADY_TOLD, UNROUTED = "already_told", "unrouted"
SILENCED, MUTED, LATE = "silenced", "muted", "late"
KEPT_BACK = (SILENCED, MUTED, LATE)
KNOWN, RECORDED = "known", "recorded"
_TITLE_LENGTH = 300
_NAMES_IN_TITLE = 3


@dataclass(slots=True)
class Owed:
    """One message to be owed: alerts of one rule for one target, all firing or all resolved.

    A message that is edited holds both, and is firing while anything fires. `note` is AlertHub's own word in it.
    """

    rule_id: int
    rule_name: str
    target_id: int
    status: str
    severity: str = ""
    positions: list[int] = field(default_factory=list)
    title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the alert at `position`: `owed` holds the message that tells it, else `outcome` says why not.

    What is kept back is decided again `silent_until` (None: nobody knows).
    """

    position: int
    outcome: str
    why: str
    owed: Owed | None = None
    silence_id: int | None = None
    silent_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Why an alert is not told whatever the rules say: its outcome, and what is kept back `until` when."""

    outcome: str
    why: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    severities: list[str]
    owed: list[Owed]
    fates: list[Fate]


def plan(
    alerts: Sequence[IncomingAlert],
    routes: Sequence[decision.Route],
    severity_words: Mapping[str, str],
    unsaid: Mapping[int, Unsaid],
    edited: Collection[int] = frozenset(),
    quiets: Sequence[Quiet] = (),
    *,
    severity_labels: Sequence[str] = LABELS,
    now: datetime,
) -> Plan:
    """Decide every alert but those at the positions of `unsaid`.

    `edited` are targets whose one message shows the whole group, what fires and what is resolved.
    """
    groups: dict[tuple[int, int, str], Owed] = {}
    fates: list[Fate] = []
    severities: list[str] = []
    for position, alert in enumerate(alerts):
        severity = severity_of(alert.labels, severity_words, severity_labels)
        severities.append(severity)
        if reason := unsaid.get(position):
            fates.append(Fate(position, reason.outcome, reason.why, silent_until=reason.until))
            continue
        if quiet := silencing.covering(alert.labels, quiets, now):
            fates.append(_silenced(position, quiet))
            continue
        already_owed = False
        for choice in decision.decide(alert.labels, severity, routes, now).choices:
            decided = _fates(position, alert, severity, choice, groups, already_owed, edited)
            # Of one choice all are owed, or its one fate says why not.
            already_owed = already_owed or decided[0].owed is not None
            fates += decided
    owed = sorted(groups.values(), key=lambda message: message.status != "firing")
    for message in owed:
        message.title = title_of(alerts[position].name for position in message.positions)
    return Plan(severities, owed, fates)


def without(planned: Plan, alerts: Sequence[IncomingAlert], unwanted: Collection[tuple[int, int]], why: str) -> Plan:
    """The plan without what is owed of (position, target); the fate of that is KNOWN. Changes the messages of `planned`."""
    if not unwanted:
        return planned
    for message in planned.owed:
        message.positions[:] = [each for each in message.positions if (each, message.target_id) not in unwanted]
        message.title = title_of(alerts[position].name for position in message.positions)
    fates = [
        replace(fate, outcome=KNOWN, why=why, owed=None)
        if fate.owed and (fate.position, fate.owed.target_id) in unwanted
        else fate
        for fate in planned.fates
    ]
    return Plan(planned.severities, [message for message in planned.owed if message.positions], fates)


def _silenced(position: int, quiet: Quiet) -> Fate:
    why = f"Silence {quiet} of {quiet.author} until {quiet.ends_at:%Y-%m-%d %H:%M} UTC: {quiet.comment}"
    return Fate(position, SILENCED, why, silence_id=quiet.silence_id, silent_until=quiet.ends_at)


def _fates(
    position: int,
    alert: IncomingAlert,
    severity: str,
    choice: decision.Choice,
    groups: dict[tuple[int, int, str], Owed],
    already_owed: bool,
    edited: Collection[int],
) -> list[Fate]:
    if alert.status == "resolved" and not choice.sends_resolved:
        return [Fate(position, RESOLVED_NOT_WANTED, f'Rule "{choice.rule_name}" does not send resolved. {choice.why}')]
    if choice.muted:
        why = f'Rule "{choice.rule_name}" is {choice.muted}: {choice.why}'
        return [Fate(position, MUTED, why, silent_until=choice.silent_until)]
    if not choice.target_ids:
        outcome = RECORDED if choice.records_only else ALREADY_TOLD if already_owed else UNROUTED
        return [Fate(position, outcome, f'Rule "{choice.rule_name}": {choice.why}')]
    fates = []
    for target_id in choice.target_ids:
        key = (choice.rule_id, target_id, "" if target_id in edited else alert.status)
        message = groups.get(key)
        if message is None:
            message = groups[key] = Owed(choice.rule_id, choice.rule_name, target_id, alert.status, severity)
        message.positions.append(position)
        if alert.status == "firing":
            message.status = alert.status
        message.severity = min(message.severity, severity, key=rank)
        fates.append(Fate(position, OWED, f'Rule "{choice.rule_name}": {choice.why}', message))
    return fates


def title_of(alert_names: Iterable[str]) -> str:
    """What a message is about, for lists: the first names and how many alerts."""
    names = list(alert_names)
    distinct = list(dict.fromkeys(name or "(no alert name)" for name in names))
    more = f" +{len(distinct) - _NAMES_IN_TITLE} more" if len(distinct) > _NAMES_IN_TITLE else ""
    text = ", ".join(distinct[:_NAMES_IN_TITLE])[: _TITLE_LENGTH - 20] + more
    return f"{text} ({len(names)})" if len(names) > 1 else text
