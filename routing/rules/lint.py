"""What is wrong with rules and silences as a whole, though each is well written. Pure, and never a false alarm:
what cannot be proved is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from routing.rules.decision import Route
from routing.rules.matchers import Matcher
from routing.rules.silencing import Quiet

_NAMED = 5


def unreachable(routes: Sequence[Route]) -> dict[int, str]:
    """Rule id -> why no alert ever reaches it: an earlier rule takes all that it could take, and does not continue."""
    found: dict[int, str] = {}
    stopping: list[Route] = []
    for route in routes:
        if route.is_fallback:
            continue
        wider = next((earlier for earlier in stopping if takes_all_of(earlier, route)), None)
        if wider is not None:
            found[route.rule_id] = f'Never reached: rule "{wider.name}" before it takes every alert that fits this one.'
        elif not route.continues:
            stopping.append(route)
    return found


def takes_all_of(wider: Route, narrower: Route) -> bool:
    """Every alert that fits `narrower` fits `wider`, as far as that can be proved."""
    takes_severities = not wider.severities or (bool(narrower.severities) and narrower.severities <= wider.severities)
    return takes_severities and implied(wider.matchers, narrower.matchers)


def implied(wanted: Iterable[Matcher], given: Sequence[Matcher]) -> bool:
    """Each of `wanted` follows from one of `given`."""
    return all(any(_follows(one, other) for other in given) for one in wanted)


def _follows(wanted: Matcher, given: Matcher) -> bool:
    if wanted == given:
        return True
    # A label with one certain value either fits or it does not.
    return given.op == "=" and given.name == wanted.name and wanted.matches({given.name: given.value})


def redundant(quiets: Sequence[Quiet]) -> dict[int, str]:
    """Silence id -> which other silence covers all of it for all of its time. Oldest first: of those that are alike, the
    first one stays.
    """
    found: dict[int, str] = {}
    for quiet in reversed(quiets):
        for other in quiets:
            if other is quiet or other.silence_id in found or not implied(other.matchers, quiet.matchers):
                continue
            if other.starts_at <= quiet.starts_at and quiet.ends_at <= other.ends_at:
                found[quiet.silence_id] = f"{other} of {other.author} covers all of this for all of its time."
                break
    return found


def told_to_nobody(routes: Iterable[Route]) -> dict[int, str]:
    """Rule id -> that its alerts are told to nobody, though it does not say that it only records."""
    silent = [route for route in routes if not route.target_ids and not route.records_only]
    return {route.rule_id: "It names no target: the alerts it takes are told to nobody." for route in silent}


def targets_of_rules(
    routes: Iterable[Route], enabled: Mapping[int, bool], names: Mapping[int, str]
) -> tuple[dict[int, str], dict[int, str]]:
    """(rule id -> what is wrong with its targets, target id -> the same from its side). `enabled` by target."""
    rules: dict[int, str] = {}
    users: dict[int, list[str]] = {}
    for route in routes:
        off = [target for target in route.target_ids if not enabled.get(target, True)]
        for target in off:
            users.setdefault(target, []).append(route.name)
        if off and len(off) == len(route.target_ids):
            rules[route.rule_id] = "All its targets are disabled: what it is owed is held and nobody is told."
        elif off:
            rules[route.rule_id] = (
                f"Disabled targets hold what they are owed: {', '.join(names[each] for each in off)}."
            )
    targets: dict[int, str] = {}
    for target, used in users.items():
        named = ", ".join(f'"{name}"' for name in used[:_NAMED])
        targets[target] = f"Disabled, but still used by rule {named}: what it is owed is held."
    return rules, targets
