"""Whatever is sent to the REST API, the answer is never an error of ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from deliveries.models import Delivery, RejectedRequest
from deliveries.send import sender
from deliveries.wake import nudge
from routing.models import Rule
from tests import callers, factories

pytestmark = pytest.mark.django_db

LISTS = (
    "sources", "targets", "rules", "severity-words", "api-tokens", "notifications", "alerts", "deliveries",
    "rejected-requests", "sources/1/tokens", "deliveries/1/attempts",
)  # fmt: skip
FILTERS = (
    "state", "kind", "status", "severity", "target", "rule", "source", "created_after", "created_before", "alert", "name",
    "fingerprint", "label", "q", "received_after", "last_before", "enabled", "reason", "word", "limit", "cursor", "odd",
)  # fmt: skip
FIELDS = (
    "name", "position", "enabled", "severities", "matchers", "targets", "continue", "send_resolved", "is_fallback",
    "webhook_url", "channel", "alias", "emoji", "avatar_url", "connect_timeout", "timeout", "ca_file", "text_limit",
    "rate_limit_calls", "rate_limit_seconds", "verify_tls", "duplicate_window", "tokens", "word", "severity", "expires_at",
    "token", "target", "user", "id",
)  # fmt: skip
TEXTS = st.sampled_from((
    "", " ", "0", "-1", "1", "9" * 30, "9" * 5000, "1e400", "NaN", "true", "null", "\0", "a\0b", "\ud800", "%", "'\"\\", "::", "=",
    "team=~\"(\"", "a:b", "\"a\\\"b\"=\"c\"", "0:1", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-45",
    "https://[", "https://chat.example:99999/hooks/a", "http://user:pass@host/hooks/a", "https://chat.example/hooks/a/b",
    "/etc/passwd", "/a\0b", ":x:", "x" * 3000, "cD0x", "cD1hYmM=", "bz05OTk5", "🔥", "%_%",
))  # fmt: skip
NUMBERS = st.sampled_from((0, -1, 1, 2**31, 2**63, 2**64, 10**30, 1.5, 1e308, True, False, None))
VALUES = st.recursive(
    TEXTS | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6) | VALUES
IDS = st.sampled_from(("1", "2", "0", "-1", "9" * 18, "9" * 40, "abc", "%00", "1.5", "٣", "null"))

often = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def api(now: datetime, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    monkeypatch.setattr(nudge, "targets", lambda target_ids: None)
    monkeypatch.setattr(sender, "send_now", lambda *args, **kwargs: None)
    source, target = factories.make_source(), factories.make_target()
    factories.make_rule(targets=[target])
    factories.owed(source, now)
    RejectedRequest.objects.create(first_at=now, last_at=now, status_code=400, reason="empty", message="It is empty.")
    return callers.superuser()


def encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


@often
@given(
    name=st.sampled_from(LISTS),
    query=st.dictionaries(st.sampled_from(FILTERS), TEXTS | st.text(max_size=10), max_size=3),
)
def test_any_query_of_a_list_is_answered(api: APIClient, name: str, query: dict[str, str]) -> None:
    query = {key: value.encode("utf-8", "replace").decode() for key, value in query.items()}
    assert api.get(f"/api/v1/{name}/", query).status_code in (200, 400, 404)


@often
@given(name=st.sampled_from(LISTS), body=BODIES)
def test_any_body_that_would_make_a_row_is_answered(api: APIClient, name: str, body: Any) -> None:
    answer = api.post(f"/api/v1/{name}/", encoded(body), content_type="application/json")
    assert answer.status_code in (201, 400, 404, 405)


@often
@given(name=st.sampled_from(("sources", "targets", "rules", "severity-words")), row=IDS, body=BODIES)
def test_any_body_that_would_change_a_row_is_answered(api: APIClient, name: str, row: str, body: Any) -> None:
    answer = api.patch(f"/api/v1/{name}/{row}/", encoded(body), content_type="application/json")
    assert answer.status_code in (200, 400, 404)


@often
@given(
    path=st.sampled_from(
        ("deliveries/{}/resend", "targets/{}/test", "deliveries/{}", "alerts/{}", "notifications/{}/x")
    ),
    row=IDS,
    body=BODIES,
)
def test_any_id_and_body_of_an_action_are_answered(api: APIClient, path: str, row: str, body: Any) -> None:
    answer = api.post(f"/api/v1/{path.format(row)}/", encoded(body), content_type="application/json")
    assert answer.status_code in (200, 201, 202, 400, 404, 405, 409)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 5000,
        b'{"position": NaN}',
        b'{"position": 1e999}',
        b'"\\ud800"',
        b"[1]",
        b"null",
    ],
    ids=["empty", "cut", "not utf-8", "deep", "long number", "nan", "infinite", "half a character", "list", "null"],
)
def test_a_body_that_is_no_rule_is_refused(api: APIClient, body: bytes) -> None:
    answer = api.post("/api/v1/rules/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"] in ("invalid", "parse_error")) == (400, True)


def test_a_body_over_the_cap_is_refused(api: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert api.post("/api/v1/rules/", b" " * 1001 + b"{}", content_type="application/json").status_code == 413


def test_the_rows_of_the_fixture_can_be_reached_at_all(api: APIClient) -> None:
    rule, delivery = Rule.objects.get(is_fallback=False), Delivery.objects.get()
    paths = (f"rules/{rule.pk}", f"deliveries/{delivery.pk}", f"deliveries/{delivery.pk}/attempts")
    assert [api.get(f"/api/v1/{path}").status_code for path in paths] == [200, 200, 200]


def test_what_is_nested_deeper_than_secrets_are_looked_for_is_shown_all_the_same(api: APIClient) -> None:
    nested = "[" * 700 + "]" * 700
    body = json.dumps(factories.payload(factories.alert())).replace('"DiskFull happened"', nested).encode()
    accepted = factories.accept(factories.make_source("deep"), body, datetime(2026, 11, 23, 10, tzinfo=UTC))
    answer = api.get(f"/api/v1/notifications/{accepted.notification.pk}/")
    assert (answer.status_code, nested in str(answer.json()["payload"])) == (200, True)
