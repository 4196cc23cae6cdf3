"""Alerts that rules take and tell to nobody, without saying that this is meant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deliveries import troubles
from deliveries.troubles import Finding, Seen, TroubleKind, Unrouted
from tests.conftest import NOW

pytestmark = pytest.mark.anywhere

SINCE = NOW - timedelta(hours=3)


def one(*rules: str) -> Finding:
    [finding] = troubles.found(Seen(NOW, unrouted=Unrouted(rules, SINCE))).values()
    return finding


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (["a"], "Alerts are told to nobody: rule a takes them and names no target."),
        (["a", "b", "c"], "Alerts are told to nobody: rule a, b, c take them and name no target."),
        (["a", "b", "c", "d"], "Alerts are told to nobody: rule a, b, c and others take them and name no target."),
    ],
)
def test_three_rules_are_named(rules: list[str], what: str) -> None:
    assert one(*rules).what == what


def test_it_is_known_by_its_rules_since_the_first_alert() -> None:
    finding = one("a", "b")
    assert (finding.key, finding.since) == ((TroubleKind.UNROUTED, "by rule a, b"), SINCE)


def test_a_long_name_is_cut_where_it_is_known_by() -> None:
    assert len(one("x" * 300).subject) == 200


def test_what_and_advice_are_the_detail() -> None:
    assert one("a").detail == (
        "Alerts are told to nobody: rule a takes them and names no target. "
        "Choose a target for each such rule, or tick that it only records."
    )
