"""Posts that never reach the door leave a trace; people and programs that take a wrong address leave none."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from alerthub.web import strays
from deliveries.door import refusals
from deliveries.door.entry import Refused
from deliveries.models import RejectedRequest
from deliveries.watch import symptoms
from routing import rulebook
from routing.models import ApiToken, Source
from tests import factories
from tests.factories import alert, payload

pytestmark = pytest.mark.django_db
TOKEN = "ahi_test-token-that-is-long-enough"
API_TOKEN = "aha_test-token-that-is-long-enough"
BODY = json.dumps(payload(alert()))
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def source() -> Source:
    source = factories.make_source()
    source.new_token("test", TOKEN)
    return source


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("ada", password="correct horse")


def send(
    method: str, path: str, body: str = BODY, *, token: str = "", browser: Client | None = None, **more: Any
) -> Any:
    authorization = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    content_type = more.pop("content_type", "application/json")
    client = browser or Client()
    return client.generic(method, path, body, content_type=content_type, **authorization | more)


def kept() -> list[tuple[int, str, str]]:
    return list(RejectedRequest.objects.values_list("status_code", "reason", "source_name"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 405), ("/webhok", 404), ("/webhook/extra", 404), ("/webhooks", 404), ("/admin/", 404),
        ("/api/v2/alerts", 404), ("/api/", 404), ("/health", 405), ("/livez", 405), ("/readyz", 405), ("/metrics", 405),
        ("/static/x.css", 404),
    ],
)  # fmt: skip
def test_json_at_a_wrong_address_is_kept_and_never_redirected(path: str, status: int) -> None:
    answer = send("POST", path)
    assert (answer.status_code, answer.json()["error"]) == (status, "wrong_address")
    assert kept() == [(status, "wrong_address", "")]


def test_a_link_to_the_wall_is_not_kept_with_what_was_posted_there() -> None:
    answer = send("POST", "/wall/ahw_s3cr3tT0kenOfTheWallThatNobodyMaySee/")
    assert answer.status_code == 405
    assert "s3cr3tT0ken" not in answer.content.decode() + RejectedRequest.objects.get().message


def test_json_is_known_by_its_first_byte_too() -> None:
    send("POST", "/webhok", f" {BODY}", content_type=FORM)
    assert kept() == [(404, "wrong_address", "")]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/webhok", "/", "/admin/", "/admin/login/"])
def test_a_sources_token_at_a_wrong_address_is_kept_with_its_source(method: str, path: str, source: Source) -> None:
    """A GET is what a redirect in between makes of a post."""
    answer = send(method, path, "", token=TOKEN)
    assert answer.status_code >= 400
    assert kept() == [(answer.status_code, "wrong_address", source.name)]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_another_method_at_the_webhook_is_kept(method: str, source: Source) -> None:
    send(method, "/webhook", token=TOKEN)
    assert kept() == [(405, "wrong_address", source.name)]


def test_a_sources_token_is_told_that_the_rest_api_is_another_door(source: Source) -> None:
    answer = send("POST", "/api/v1/alerts/", token=TOKEN)
    assert "API token" in answer.json()["detail"]
    assert kept() == [(401, "wrong_address", source.name)]


def test_what_was_sent_is_shown_if_a_token_says_whose_it_is() -> None:
    send("POST", "/webhok", token=TOKEN)
    send("POST", "/webhooks")
    assert dict(RejectedRequest.objects.values_list("source_name", "body")) == {"prod": BODY, "": ""}


def test_the_answer_says_where_notifications_go(settings: Any) -> None:
    settings.PUBLIC_URL = "https://ops.example/alerthub"
    assert "https://ops.example/alerthub/webhook" in send("POST", "/webhok").json()["detail"]


def test_what_nobody_sees_is_not_repeated_from_an_address() -> None:
    send("POST", "/web%0d%0ahok%e2%80%ae")
    assert "POST /webhok." in RejectedRequest.objects.get().message


def test_a_post_by_plain_http_to_a_wrong_address_is_kept_instead_of_redirected(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert send("POST", "/webhok").status_code == 404
    assert kept() == [(404, "wrong_address", "")]


def test_a_post_under_a_host_name_nobody_knows_is_kept(settings: Any) -> None:
    settings.KNOWN_HOSTS = ["alerthub.example"]
    assert send("POST", "/webhok", HTTP_HOST="other.example").status_code == 400
    assert kept() == [(400, "wrong_address", "")]


@pytest.mark.parametrize("path", ["/webhok", "/", "/admin/", "/api/v2/alerts"])
def test_a_browser_at_a_wrong_address_leaves_no_trace(path: str) -> None:
    send("GET", path, "")
    send("POST", path, "name=value", content_type=FORM)
    assert kept() == []


def test_a_person_who_is_logged_in_leaves_no_trace(admin: User) -> None:
    browser = Client()
    browser.force_login(admin)
    assert send("POST", "/admin/nothing/here/", browser=browser).status_code == 404
    assert kept() == []


def test_a_program_of_the_rest_api_leaves_no_trace(admin: User) -> None:
    token = ApiToken(name="script", user=admin)
    token.keep(API_TOKEN)
    token.save()
    assert send("POST", "/api/v1/nothing/", token=API_TOKEN).status_code == 404
    assert send("POST", "/api/v1/targets/", "{}").status_code == 401
    assert kept() == []


@pytest.mark.parametrize("path", ["/health", "/livez", "/metrics"])
def test_a_probe_may_carry_a_token(path: str) -> None:
    assert send("GET", path, "", token=TOKEN).status_code == 200
    assert kept() == []


def test_a_notification_is_not_kept_a_second_time() -> None:
    assert send("POST", "/webhook", token=TOKEN).status_code == 202
    assert send("POST", "/webhook", "[]", token=TOKEN).status_code == 400
    assert [reason for _, reason, _ in kept()] == ["not_an_object"]


def test_it_is_a_trouble(now: datetime) -> None:
    send("POST", "/webhok", token=TOKEN)
    [refusal] = symptoms._refusals(RejectedRequest.objects.get().last_at)
    assert (refusal.status, refusal.reason) == (404, "wrong_address")


def test_strangers_fill_no_table(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they vary who they are: some rows a minute, some more a day, and a count that goes on."""
    monkeypatch.setattr(refusals, "_STRANGERS_A_DAY", 50)
    refused = Refused(404, "wrong_address", "Nothing takes notifications here.")
    for minute in range(4):
        at = now + timedelta(minutes=minute)
        for number in range(25):
            refusals.keep(refused, admitted=None, sender=f"{minute}.{number}", content_type="", now=at)
    rows = RejectedRequest.objects.all()
    assert (rows.count(), sum(row.times for row in rows)) == (50, 100)


def test_a_flood_of_strangers_is_counted_and_not_written_one_by_one(
    now: datetime, django_assert_num_queries: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Each would be a transaction, and who may post would wait behind it."""
    refused = Refused(401, "unknown_token", "The token is not valid.")

    def come(times: int, at: datetime) -> int:
        for number in range(times):
            refusals.keep(refused, admitted=None, sender=f"x{number % 3}", content_type="", now=at)
        return sum(RejectedRequest.objects.values_list("times", flat=True))

    assert come(30, now) == 30
    with django_assert_num_queries(1):  # that of this test
        assert come(170, now) == 30
    assert come(1, now - timedelta(hours=1)) == 30
    assert come(1, now + timedelta(seconds=1)) == 202
    assert come(5, now + timedelta(minutes=1)) == 207
    assert {getattr(record, "seldom", None) for record in caplog.records} == {"unknown_token"}


def test_what_a_known_source_is_refused_is_written_each_time(source: Source, now: datetime) -> None:
    book = rulebook.current()
    refused = Refused(400, "not_json", "This is no JSON.")
    for _ in range(40):
        refusals.keep(refused, admitted=next(iter(book.admissions.values())), sender="x", content_type="", now=now)
    assert RejectedRequest.objects.get().times == 40


# --- what is no request


HEAD = "POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (f"Authorization: Bearer {TOKEN}", [(400, "unreadable", "prod")]),
        ("content-TYPE:application/json", [(400, "unreadable", "")]),
        ("Authorization: Bearer unknown", []),
        ("Content-Type: text/html", []),
    ],
)
def test_a_post_that_gunicorn_refuses_is_kept(field: str, expected: list[tuple[int, str, str]]) -> None:
    strays.unreadable(f"{HEAD}{field}\r\n\r\nhello".encode(), 400, "Invalid HTTP Header", "203.0.113.9")
    assert kept() == expected


@pytest.mark.parametrize(
    "head", [b"", b"\r\n\r\n", b"\x16\x03\x01\x02\x00", b":\r\n:\r\n\r\n", b"GET / HTTP/1.1\r\n\xff: \xff"]
)
def test_noise_is_not_kept(head: bytes) -> None:
    strays.unreadable(head, 400, "Invalid", "203.0.113.9")
    assert kept() == []


def test_what_is_kept_of_it_says_who_and_why() -> None:
    strays.unreadable(
        f"{HEAD}User-Agent: Alertmanager\r\nContent-Type: application/json\r\n\r\n".encode(), 400, "why", "9.9.9.9"
    )
    row = RejectedRequest.objects.get()
    assert (row.sender, row.message.endswith(": why")) == ("9.9.9.9 Alertmanager", True)
