"""The ingest endpoint as Alertmanager meets it: what is answered, what is kept."""

from __future__ import annotations

import base64
import gzip
import json
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError
from django.http import UnreadablePostError
from django.test import Client

from deliveries.accept import ingest
from deliveries.models import Delivery, Notification, RejectedRequest
from deliveries.wake import nudge
from routing.models import IngestToken, Source
from tests import factories
from tests.factories import alert, payload

pytestmark = pytest.mark.django_db
TOKEN = "ahi_test-token-that-is-long-enough"
BODY = json.dumps(payload(alert()))


@pytest.fixture
def source() -> Source:
    source = factories.make_source()
    source.new_token("test", TOKEN)
    return source


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Target ids the workers were hinted at."""
    seen: list[int] = []
    monkeypatch.setattr(nudge, "targets", seen.extend)
    return seen


def post(body: str | bytes = BODY, *, token: str = TOKEN, path: str = "/webhook", **headers: Any) -> Any:
    authorization = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    content_type = headers.pop("content_type", "application/json")
    return Client(raise_request_exception=False).post(path, body, content_type=content_type, **authorization | headers)


@pytest.mark.parametrize("path", ["/webhook", "/webhook/", "/api/v1/alertmanager", "/api/v1/alertmanager/"])
def test_every_ingest_address_answers_202_without_a_redirect(source: Source, path: str) -> None:
    assert post(path=path).status_code == 202


def test_the_answer_says_what_was_decided(source: Source) -> None:
    target = factories.make_target()
    factories.make_rule("Database", [target])
    answer = post().json()
    assert (answer["notification"], answer["status"]) == (Notification.objects.get().pk, "routed")
    assert answer["deliveries"][0] | {"id": 0} == {
        "id": 0, "target": "ops", "rule": "Database", "status": "firing", "alerts": 1,
    }  # fmt: skip


def test_a_duplicate_is_answered_202_with_what_it_repeats(source: Source) -> None:
    first = post().json()
    assert post().json()["duplicate_of"] == first["notification"]


def test_the_workers_are_hinted_at_the_targets(source: Source, nudged: list[int]) -> None:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    post()
    assert nudged == [target.pk]


def test_basic_auth_takes_the_token_as_password(source: Source) -> None:
    secret = base64.b64encode(f"alertmanager:{TOKEN}".encode()).decode()
    assert post(token="", HTTP_AUTHORIZATION=f"Basic {secret}").status_code == 202


def test_several_tokens_of_a_source_work_at_once(source: Source) -> None:
    other = source.new_token("new")
    assert (post().status_code, post(token=other).status_code) == (202, 202)


def test_a_token_remembers_when_it_was_used(source: Source) -> None:
    post()
    assert IngestToken.objects.get().last_used_at is not None


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN}, Bearer {TOKEN}", "\x7f"])
def test_a_wrong_token_is_answered_401_without_a_hint(source: Source, token: str) -> None:
    answer = post(token=token)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="AlertHub"')
    assert Notification.objects.count() == 0


def test_unknown_disabled_and_expired_tokens_get_the_same_answer(source: Source, now: Any) -> None:
    unknown = post(token="nobody").content
    Source.objects.update(enabled=False)
    disabled = post().content
    Source.objects.update(enabled=True)
    IngestToken.objects.update(expires_at=now.replace(year=2020))
    assert unknown == disabled == post().content


def test_a_token_that_was_taken_back_opens_nothing_though_the_rules_in_memory_know_it(source: Source) -> None:
    assert post().status_code == 202
    source.tokens.all().delete()
    assert post(json.dumps(payload(alert("B")))).status_code == 401
    assert Notification.objects.count() == 1


def test_a_token_that_was_taken_back_is_what_is_wrong_whatever_the_body(source: Source) -> None:
    assert post().status_code == 202
    source.tokens.all().delete()
    assert post("{").status_code == 401
    assert RejectedRequest.objects.get().reason == "unknown_token"


def test_a_token_made_meanwhile_opens_at_once(source: Source) -> None:
    assert post().status_code == 202
    source.new_token("second", f"{TOKEN}-2")
    assert post(json.dumps(payload(alert("B"))), token=f"{TOKEN}-2").status_code == 202


def test_a_token_in_the_address_does_not_count(source: Source) -> None:
    assert post(token="", path=f"/webhook?token={TOKEN}").status_code == 401


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_other_methods_are_answered_405(source: Source, method: str) -> None:
    assert getattr(Client(), method)("/webhook", HTTP_AUTHORIZATION=f"Bearer {TOKEN}").status_code == 405


@pytest.mark.parametrize("body", ["", "null", "17", '"x"', "[]", "{", "{}", "NaN"])
def test_a_body_that_is_no_notification_is_answered_400_and_kept(source: Source, body: str) -> None:
    assert post(body).status_code == 400
    rejected = RejectedRequest.objects.get()
    assert (rejected.source, rejected.body, rejected.status_code) == (source, body, 400)


def test_prometheus_itself_pointed_here_is_told_what_to_change(source: Source) -> None:
    listed = [{"labels": {"alertname": "A"}, "startsAt": "2026-11-23T10:00:00Z", "generatorURL": "http://p/graph"}]
    answer = post(json.dumps(listed))
    assert answer.status_code == 400
    assert "webhook_configs" in answer.json()["detail"]


def test_deep_nesting_is_a_400_not_a_crash(source: Source) -> None:
    assert post('{"alerts":' + "[" * 100_000 + "]" * 100_000 + "}").status_code == 400


def test_a_kept_body_holds_no_secret(source: Source) -> None:
    post('{"password": "hunter2-hunter2", "url": "https://chat.example/hooks/abc/verysecrettoken"}')
    kept = RejectedRequest.objects.get().body
    assert "hunter2" not in kept
    assert "verysecrettoken" not in kept


def test_the_same_refusal_again_only_counts_up(source: Source) -> None:
    post("{")
    post("{")
    assert [rejected.times for rejected in RejectedRequest.objects.all()] == [2]


def test_a_body_over_the_limit_is_answered_413(source: Source, settings: Any) -> None:
    settings.INGEST_MAX_BYTES = 1000
    answer = post(json.dumps(payload(alert(text="x" * 2000))))
    assert answer.status_code == 413
    assert "max_alerts" in answer.json()["detail"]


def test_a_body_of_ten_megabytes_is_accepted(source: Source) -> None:
    assert post(json.dumps(payload(*(alert(f"A{n}", text="x" * 60_000) for n in range(170))))).status_code == 202


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/xml"]
)
def test_a_form_or_xml_is_answered_415(source: Source, content_type: str) -> None:
    assert post("a=1", content_type=content_type).status_code == 415


def test_text_that_is_no_json_is_answered_415(source: Source) -> None:
    assert post("disk full!", content_type="text/plain").status_code == 415


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json; charset=utf-8", "", "application/octet-stream"]
)
def test_json_under_another_name_is_accepted(source: Source, content_type: str) -> None:
    assert post(content_type=content_type).status_code == 202


def test_a_gzipped_body_is_read(source: Source) -> None:
    assert post(gzip.compress(BODY.encode()), HTTP_CONTENT_ENCODING="gzip").status_code == 202


def test_a_gzip_bomb_is_answered_413(source: Source, settings: Any) -> None:
    settings.INGEST_MAX_BYTES = 100_000
    assert post(gzip.compress(b"[" * 5_000_000), HTTP_CONTENT_ENCODING="gzip").status_code == 413


def test_our_own_trouble_is_answered_503(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(ingest, "accept", away)
    answer = post()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_mistake_of_ours_is_answered_503_too(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "accept", lambda *_: 1 / 0)
    assert post().status_code == 503


@pytest.mark.parametrize("host", ["web:8093", "alert_hub:8093", "a b", "[::1", ""])
def test_an_unknown_host_name_costs_no_alert(source: Source, settings: Any, host: str) -> None:
    settings.KNOWN_HOSTS = ["alerthub.example"]
    assert post(HTTP_HOST=host).status_code == 202


@pytest.mark.parametrize("headers", [{"HTTP_ACCEPT": "text/html"}, {"QUERY_STRING": "format=xml"}])
def test_whatever_a_sender_says_it_accepts_costs_no_alert(source: Source, headers: dict[str, str]) -> None:
    assert post(**headers).status_code == 202


def test_a_stored_notification_is_answered_202_though_the_tokens_use_cannot_be_noted(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(IngestToken.objects, "remember_use", locked)
    assert post().status_code == 202


def test_a_body_that_breaks_off_is_asked_for_again(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise UnreadablePostError

    monkeypatch.setattr(WSGIRequest, "read", broken)
    assert post().status_code == 503


def test_strangers_with_ever_new_names_do_not_fill_the_trail(source: Source) -> None:
    for number in range(25):
        post(token="wrong", HTTP_USER_AGENT=f"scan {number}")
    assert RejectedRequest.objects.count() == 20
    assert sum(RejectedRequest.objects.values_list("times", flat=True)) == 25


def test_a_notification_without_rules_for_it_reaches_the_fallback(source: Source) -> None:
    factories.tell_fallback(factories.make_target("catch all"))
    post(json.dumps(payload(alert(severity="unheard-of"))))
    assert Delivery.objects.get().target_name == "catch all"


def test_a_group_of_five_thousand_alerts_is_accepted(source: Source) -> None:
    factories.make_rule(targets=[factories.make_target()])
    answer = post(json.dumps(payload(*(alert(f"A{number}") for number in range(5000)))))
    assert (answer.status_code, answer.json()["deliveries"][0]["alerts"]) == (202, 5000)


def test_more_alerts_than_can_be_taken_are_answered_413(source: Source) -> None:
    one = json.dumps(alert())
    assert post('{"version":"4","alerts":[' + ",".join([one] * 10_001) + "]}").status_code == 413


def test_behind_a_trusted_proxy_the_sender_is_the_client(source: Source, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    post(HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9", HTTP_USER_AGENT="Alertmanager/0.34")
    assert Notification.objects.get().sender == "203.0.113.9 Alertmanager/0.34"


def test_a_client_cannot_say_its_own_address(source: Source) -> None:
    post(token="wrong", HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_USER_AGENT="Alertmanager/0.34")
    assert RejectedRequest.objects.get().sender == "127.0.0.1 Alertmanager/0.34"
