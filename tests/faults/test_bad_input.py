"""Rows 64 to 77 and 89 to 93 of the fault catalogue: what may be posted, by whom and how.

Where the catalogue says 200, the contract says 202. What a row asks for beyond today is listed in README.md.
"""

from __future__ import annotations

import gzip
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerthub.sandbox import Sandbox
from deliveries.accept import waking
from deliveries.models import Delivery, Notification, Occurrence, RejectedRequest
from deliveries.rocketchat.client import Client
from deliveries.send import sender
from routing.models import IngestToken, Target
from tests.factories import alert, payload
from tests.faults.road import TOKEN, flags, post, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("told")]
BODY = payload(alert())


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Any:
    """Sets the clock, in seconds after the beginning."""

    def set_to(seconds: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=seconds))

    return set_to


def test_row_64_the_same_webhook_twice_is_told_once(at: Any) -> None:
    at(0)
    first = post(BODY)
    at(15)
    again = post(BODY | {"externalURL": "http://the-other-peer.example"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["duplicate_of"] == first.json()["notification"]
    assert Delivery.objects.count() == 1


def test_row_65_the_same_body_hours_later_is_told_again(at: Any) -> None:
    at(0)
    post(BODY)
    at(4 * 3600)
    assert post(BODY).json()["status"] == "routed"
    assert Delivery.objects.count() == 2


def test_row_66_a_firing_after_its_resolved_waits_and_is_told_unless_that_comes_again(at: Any, now: datetime) -> None:
    at(0)
    post(payload(alert(status="resolved")))
    at(30)
    assert post(BODY).json()["not_sent"][0]["outcome"] == "late"
    assert list(Delivery.objects.values_list("status", flat=True)) == ["resolved"]
    waking.wake(now + timedelta(seconds=120))
    assert list(Delivery.objects.order_by("id").values_list("status", flat=True)) == ["resolved", "firing"]


def test_row_67_a_resolved_of_an_unknown_group_is_told(now: datetime) -> None:
    assert post(payload(alert(status="resolved"))).status_code == 202
    assert "RESOLVED" in shown(now)


def test_row_68_ten_megabytes_are_accepted_and_shown_within_the_rooms_limit(now: datetime) -> None:
    assert post(payload(*(alert(f"A{n}", text="x" * 60_000) for n in range(170)))).status_code == 202
    assert len(shown(now)) < 6000


def test_row_69_seventeen_declared_megabytes_are_refused_unread() -> None:
    class Untouched(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("read although it was too large")

    large: dict[str, Any] = {"CONTENT_LENGTH": str(17 * 2**20), "wsgi.input": Untouched()}
    answer = post(b"x", **large)
    assert (answer.status_code, RejectedRequest.objects.get().size) == (413, 17 * 2**20)
    assert "max_alerts" in answer.json()["detail"]


@pytest.mark.parametrize(("size", "status"), [(50_000, 400), (150_000, 413)])
def test_row_69_a_chunked_body_is_read_to_the_limit_only(settings: Any, size: int, status: int) -> None:
    settings.INGEST_MAX_BYTES = 100_000
    stream = io.BytesIO(b"x" * size)
    chunked: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream, "wsgi.input_terminated": True}
    assert post(b"", CONTENT_LENGTH="", **chunked).status_code == status
    assert stream.tell() <= 100_001


@pytest.mark.parametrize("declared", [lambda size: size - 10, lambda size: size + 10], ids=["too few", "too many"])
def test_row_69_a_wrong_content_length_is_refused_or_read_as_it_is(declared: Any) -> None:
    raw = json.dumps(BODY).encode()
    wrong: dict[str, Any] = {"CONTENT_LENGTH": str(declared(len(raw))), "wsgi.input": io.BytesIO(raw)}
    assert post(raw, **wrong).status_code == (400 if declared(0) < 0 else 202)


def test_row_70_five_thousand_alerts_are_one_message_and_all_in_the_trail(now: datetime) -> None:
    assert post(payload(*(alert(f"A{number}") for number in range(5000)))).status_code == 202
    assert (Notification.objects.count(), Occurrence.objects.count()) == (1, 5000)
    assert "more** –" in shown(now)
    assert "(5000)" in shown(now)


def test_row_70_more_than_ten_thousand_are_refused() -> None:
    one = json.dumps(alert())
    assert post('{"version":"4","alerts":[' + ",".join([one] * 10_001) + "]}").status_code == 413


def test_row_71_alerts_cut_by_alertmanager_are_mentioned(now: datetime) -> None:
    post(BODY | {"truncatedAlerts": 37})
    assert Notification.objects.get().truncated_alerts == 37
    assert "37 more alerts were cut by Alertmanager" in shown(now)


def test_row_72_an_empty_group_is_recorded_and_told_to_nobody() -> None:
    assert post(payload()).status_code == 202
    assert (Notification.objects.count(), Delivery.objects.count()) == (1, 0)


@pytest.mark.parametrize("body", ["", " ", "null", "[]", '"x"', "17", "{}"])
def test_row_73_what_is_no_notification_is_a_400_people_can_see(body: str) -> None:
    assert post(body).status_code == 400
    assert RejectedRequest.objects.get().status_code == 400


def test_row_74_invalid_json_is_a_400_and_kept() -> None:
    assert post('{"alerts": [').status_code == 400
    assert RejectedRequest.objects.get().body == '{"alerts": ['


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_row_74_another_encoding_of_unicode_is_read(now: datetime, encoding: str) -> None:
    text = json.dumps(payload(alert("Grüße")), ensure_ascii=False)
    assert post(text.encode(encoding)).status_code == 202
    assert "Grüße" in shown(now)


def test_row_74_invalid_bytes_are_replaced_flagged_and_kept_raw(now: datetime) -> None:
    raw = json.dumps(payload(alert("Grxe"))).encode().replace(b"Grxe", b"Gr\xffe")
    assert post(raw).status_code == 202
    assert ("invalid_utf8" in flags(), "Gr\ufffde" in shown(now)) == (True, True)
    assert bytes(Notification.objects.get().body) == raw


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800", "\\udc00x"])
def test_row_75_nul_and_half_pairs_are_replaced_kept_raw_and_delivered(
    told: Target, sandbox: Sandbox, client: Client, odd: str
) -> None:
    told.set_webhook_url(sandbox.hook("#ops").url)
    told.save()
    raw = json.dumps(payload(alert("Odd_x", n_x="v_x"))).replace("_x", odd).encode()
    assert post(raw).status_code == 202
    sender.drain(told.pk, client, clock=timezone.now, worker="w1")
    assert ["Odd" in message.text for message in sandbox.messages("#ops")] == [True]
    assert bytes(Notification.objects.get().body) == raw


@pytest.mark.parametrize("depth", [5000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_row_76_deep_nesting_is_a_400(depth: int, opening: str, closing: str) -> None:
    assert post('{"alerts":' + opening * depth + "1" + closing * depth + "}").json()["error"] == "too_deep"


@pytest.mark.parametrize(
    ("odd", "error"),
    [
        ('"groupKey": 1, "groupKey": 2', "duplicate_key"),
        ('"x": NaN', "bad_number"),
        ('"x": -Infinity', "bad_number"),
        ('"x": 1e5000', "bad_number"),
        ('"x": 1' + "0" * 5000, "bad_number"),
    ],
)
def test_row_77_json_without_one_meaning_is_a_400_with_the_reason(odd: str, error: str) -> None:
    answer = post('{"alerts": [], ' + odd + "}")
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_row_89_every_wrong_token_gets_the_same_401(at: Any, now: datetime) -> None:
    at(0)
    answers = [post(BODY, token=token) for token in ("", "wrong", f"{TOKEN}, Bearer {TOKEN}")]
    answers.append(post(BODY, token="", path=f"/webhook?token={TOKEN}"))
    IngestToken.objects.update(expires_at=now - timedelta(seconds=1))
    answers.append(post(BODY))
    IngestToken.objects.all().delete()
    answers.append(post(BODY))
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert Notification.objects.count() == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE"])
def test_row_90_another_method_is_a_405(method: str) -> None:
    assert post(BODY, method=method).status_code == 405


def test_row_90_put_is_taken_as_post() -> None:
    assert post(BODY, method="PUT").status_code == 202


@pytest.mark.parametrize(
    "path",
    ["/webhook", "/webhook/", "//webhook", "/webhook//", "/api/v1/alertmanager", "//api///v1/alertmanager/"],
)
@pytest.mark.parametrize("https_only", [False, True])
def test_row_90_neither_slash_nor_plain_http_is_a_redirect(settings: Any, path: str, https_only: bool) -> None:
    settings.SECURE_SSL_REDIRECT = https_only
    # Not as the path of a URL, where two slashes would begin a host.
    assert post(BODY, PATH_INFO=path).status_code == 202


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/octet-stream", "application/json; charset=utf-8"]
)
def test_row_91_json_is_read_whatever_it_is_called(content_type: str) -> None:
    assert post(BODY, content_type=content_type, HTTP_EXPECT="100-continue").status_code == 202


def test_row_91_a_gzipped_body_is_read() -> None:
    assert post(gzip.compress(json.dumps(BODY).encode()), HTTP_CONTENT_ENCODING="gzip").status_code == 202


def test_row_92_a_body_that_never_ends_stores_nothing_and_asks_to_send_again() -> None:
    class Broken(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise TimeoutError("timed out")

    endless: dict[str, Any] = {"CONTENT_LENGTH": "1000", "wsgi.input": Broken()}
    assert post(b"", **endless).status_code == 503
    assert Notification.objects.count() == 0


def test_row_93_nobody_is_throttled_with_a_429() -> None:
    assert {post(payload(alert(f"A{number}"))).status_code for number in range(40)} == {202}
