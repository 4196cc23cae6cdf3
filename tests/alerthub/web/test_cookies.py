"""AlertHub's cookies carry its own names: no other program on the host overwrites them, nor a second AlertHub."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from alerthub.web import cookies


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("http://localhost:8093", "alerthub_session"),
        ("https://alerthub.example", "alerthub_session"),
        ("http://localhost:8094", "alerthub_session_8094"),
        ("https://ops.example/alerthub", "alerthub_session_alerthub"),
        ("https://ops.example:8443/a-b/c;d", "alerthub_session_8443_ab_cd"),
    ],
)
def test_a_second_alerthub_on_the_host_has_other_cookies(public_url: str, expected: str) -> None:
    assert cookies.name("session", public_url) == expected


@pytest.mark.django_db
def test_every_cookie_a_browser_gets_is_our_own() -> None:
    User.objects.create_superuser("ada", password="correct horse")
    browser = Client()
    browser.get("/admin/login/")
    browser.post("/admin/login/?next=/admin/", {"username": "ada", "password": "correct horse"})
    browser.post(
        "/admin/routing/severityalias/add/", {"word": "night", "severity": "info"}
    )  # leaves a message for the next page
    assert set(browser.cookies) == {"alerthub_session", "alerthub_csrf"}


@pytest.mark.django_db
def test_another_programs_session_cookie_is_not_ours() -> None:
    browser = Client()
    browser.cookies["sessionid"] = "of-another-django-program"
    answer = browser.get("/admin/")
    assert (answer.status_code, "sessionid" in answer.cookies) == (302, False)
