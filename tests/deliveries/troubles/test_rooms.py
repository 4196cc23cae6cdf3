"""Messages that a room did not take, until somebody settles them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deliveries import troubles
from deliveries.troubles import Finding, Rejected, Seen, TroubleKind
from tests.conftest import NOW

pytestmark = pytest.mark.anywhere


def rejected(number: int = 1, **fields: Any) -> Rejected:
    at = NOW - timedelta(minutes=number)
    return replace(Rejected(f"D-{number}", "ops", 7, "warning", at, "Message is too long."), **fields)


def found(*messages: Rejected) -> list[Finding]:
    return list(troubles.found(Seen(NOW, rejected=messages)).values())


def one(*messages: Rejected) -> Finding:
    [finding] = found(*messages)
    return finding


def test_one_message_is_told_with_what_rocketchat_said() -> None:
    finding = one(rejected())
    assert (finding.kind, finding.subject) == (TroubleKind.REJECTED, "ops")
    assert finding.what == "A message for target ops was rejected; the last is D-1: Message is too long."


def test_of_many_for_one_target_the_last_is_named() -> None:
    finding = one(rejected(1), rejected(5, words="Other."), rejected(3, words="Other."))
    assert finding.what == "3 messages for target ops were rejected; the last is D-1: Message is too long."


def test_it_lasts_since_the_first() -> None:
    assert one(rejected(1), rejected(5), rejected(3)).since == NOW - timedelta(minutes=5)


def test_each_target_has_its_own() -> None:
    assert [finding.subject for finding in found(rejected(1), rejected(2, target="net"))] == ["net", "ops"]


@pytest.mark.parametrize(
    ("severities", "severity"),
    [(("warning", "info"), "warning"), (("critical", "info"), "critical"), (("", "critical"), "critical")],
)
def test_it_is_critical_if_any_of_the_messages_was(severities: tuple[str, ...], severity: str) -> None:
    messages = [rejected(number, severity=each) for number, each in enumerate(severities)]
    assert one(*messages).severity == severity


def test_its_page_lists_the_dead_letters_of_that_target() -> None:
    assert one(rejected()).page == "/admin/deliveries/deadletter/?state=rejected&target__id__exact=7"


def test_the_page_of_a_target_that_is_gone_lists_all_dead_letters() -> None:
    assert one(rejected(target_id=None)).page == "/admin/deliveries/deadletter/?state=rejected"


def test_its_own_target_is_told_as_well_and_the_ping_goes_on() -> None:
    assert (one(rejected()).about, one(rejected()).stops_ping) == (None, False)


@pytest.mark.parametrize(("length", "end"), [(200, "x" * 200), (201, "x" * 199 + "…")])
def test_long_words_are_cut(length: int, end: str) -> None:
    assert one(rejected(words="x" * length)).what.endswith(f"D-1: {end}")
