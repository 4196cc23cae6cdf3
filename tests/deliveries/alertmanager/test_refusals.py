"""Bodies that are no notification at all, and how far one may go: each refusal is a text for people."""

from __future__ import annotations

import sys

import pytest

from deliveries.alertmanager import Malformed
from deliveries.alertmanager.malformed import REASONS
from tests.deliveries.alertmanager.bodies import alert, outcome, refusal, sent


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"{", "not_json"),
        (b"payload=%7B%7D", "not_json"),
        (b'{"alerts": []} x', "not_json"),
        (b"null", "not_an_object"),
        (b'"x"', "not_an_object"),
        (b"17", "not_an_object"),
        (b"[]", "not_an_object"),
        (b'["labels"]', "not_an_object"),
        (b'[{"labels": {"alertname": "X"}, "generatorURL": "http://p"}]', "prometheus_list"),
        (b"{}", "no_alerts"),
        (b'{"text": "hello"}', "no_alerts"),
        (b'{"groupKey": "x", "alerts": {"a": 1}}', "no_alerts"),
        (b'{"groupKey": "x", "alerts": "none"}', "no_alerts"),
        (b'{"alerts": [], "x": NaN}', "bad_number"),
        (b'{"alerts": [], "x": -Infinity}', "bad_number"),
        (b'{"alerts": [], "x": 1e5000}', "bad_number"),
        (b'{"alerts": [], "x": 1' + b"0" * 5000 + b"}", "bad_number"),
        (b'{"alerts": [], "alerts": []}', "duplicate_key"),
        (b'{"alerts": [{"labels": {"a": "1", "a": "2"}}]}', "duplicate_key"),
        (b"[" * 5000 + b"]" * 5000, "too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
        (b'{"alerts": [' + b"{}," * 10_000 + b"{}]}", "too_many_alerts"),
        (b'{"alerts": [], "x": [' + b"0," * 2_000_001 + b"0]}", "too_complex"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_that_is_no_notification_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    assert refusal(body).reason == reason


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_refusal_is_a_text_for_people(reason: str) -> None:
    text = str(Malformed(reason, "7"))
    assert len(text) > 60
    assert "{detail}" not in text


def test_a_refusal_names_the_place_of_the_fault() -> None:
    assert "line 2, column 5" in str(refusal(b'{"alerts":\n    nope}'))


def test_too_many_alerts_are_named_by_their_number() -> None:
    assert "10001 alerts" in str(refusal(b'{"alerts": [' + b"{}," * 10_000 + b"{}]}"))


def test_a_list_from_prometheus_is_told_both_files_to_change() -> None:
    text = str(refusal(b'[{"labels": {}}]'))
    assert "alertmanagers:" in text
    assert "webhook_configs:" in text


def test_a_refusal_never_repeats_the_body() -> None:
    assert "s3cret" not in str(refusal(b'{"token": "s3cret" oops'))


def test_ten_thousand_alerts_are_taken() -> None:
    assert len(sent(alerts=[{}] * 10_000).alerts) == 10_000


def test_a_body_of_megabytes_is_taken_when_its_values_are_few() -> None:
    assert alert(annotations={"summary": "x" * 2_000_000}).flags == ("value_truncated",)


@pytest.mark.parametrize("stray", ["", "\\u0000"])
def test_no_depth_of_nesting_is_more_than_a_refusal(stray: str) -> None:
    limit = sys.getrecursionlimit()
    # Just below it lies what can be read but not written again.
    depths = (*range(1, limit - 150, 9), *range(limit - 150, limit + 500, 9 if stray else 1))
    bodies = ("[" * depth + f'"{stray}"' + "]" * depth for depth in depths)
    outcomes = {outcome(b'{"alerts": [{"labels": {"a": ' + nested.encode() + b"}}]}") for nested in bodies}
    assert outcomes == {"read", "too_deep"}
