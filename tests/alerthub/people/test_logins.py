"""Logins that fail: counted by name and address, refused for a while with a sentence, and nobody else is kept out."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client

from deliveries.wake import housekeeping
from routing.models import Source
from tests import factories

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _ann() -> None:
    User.objects.create_superuser("ann", "", PASSWORD)


def login(password: str, name: str = "ann", address: str = "203.0.113.9", **headers: Any) -> Any:
    return Client(REMOTE_ADDR=address, **headers).post(LOGIN, {"username": name, "password": password})


def fail(times: int, name: str = "ann", address: str = "203.0.113.9", **headers: Any) -> None:
    for number in range(times):
        login(f"wrong {number}", name, address, **headers)


def test_four_mistakes_are_forgiven() -> None:
    fail(4)
    assert login(PASSWORD).status_code == 302


def test_after_five_not_even_the_right_password_is_tried() -> None:
    fail(5)
    assert login(PASSWORD).status_code == 429


def test_the_answer_says_what_is_so_and_when_it_is_over() -> None:
    fail(5)
    answer = login(PASSWORD)
    assert (answer["Retry-After"], "For 15 minutes none is tried" in answer.content.decode()) == ("900", True)


def test_the_answer_has_the_logins_look() -> None:
    fail(4)
    page = login("wrong").content.decode()
    assert ('role="alert"' in page, "unfold/css/styles.css" in page) == (True, True)


def test_the_same_name_in_capitals_is_the_same_name() -> None:
    for name in ("ann", "Ann", "ANN", "aNN", " ann "):
        fail(1, name)
    assert login(PASSWORD).status_code == 429


def test_another_browser_is_no_way_around() -> None:
    for number in range(5):
        fail(1, HTTP_USER_AGENT=f"browser {number}")
    assert login(PASSWORD).status_code == 429


def test_from_another_address_the_same_name_comes_in() -> None:
    fail(5)
    assert login(PASSWORD, address="203.0.113.10").status_code == 302


def test_beside_it_another_name_comes_in() -> None:
    User.objects.create_superuser("bob", "", PASSWORD)
    fail(5)
    assert login(PASSWORD, "bob").status_code == 302


def test_an_address_that_tries_many_names_is_refused_under_each() -> None:
    for number in range(20):
        fail(1, f"guess{number}")
    assert login(PASSWORD).status_code == 429


def test_an_ipv6_network_counts_as_one_address() -> None:
    for number in range(5):
        fail(1, address=f"2001:db8::{number:x}")
    assert login(PASSWORD, address="2001:db8::ffff").status_code == 429


def test_behind_a_trusted_proxy_the_client_counts(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    fail(5, address="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert login(PASSWORD, address="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.8").status_code == 302


def test_what_a_client_says_of_itself_does_not_count() -> None:
    for number in range(5):
        fail(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert login(PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.99").status_code == 429


def test_by_a_unix_socket_logins_are_counted_too() -> None:
    fail(5, address="")
    assert login(PASSWORD, address="").status_code == 429


def test_after_a_quarter_of_an_hour_it_is_over(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        fail(5)
    with time_machine.travel(now + timedelta(minutes=15, seconds=1), tick=False):
        assert login(PASSWORD).status_code == 302


def test_tries_meanwhile_do_not_make_it_longer(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        fail(5)
    with time_machine.travel(now + timedelta(minutes=14), tick=False):
        fail(5)
    with time_machine.travel(now + timedelta(minutes=15, seconds=1), tick=False):
        assert login(PASSWORD).status_code == 302


def test_a_login_forgives_the_mistakes_before_it() -> None:
    fail(4)
    login(PASSWORD)
    fail(4)
    assert login(PASSWORD).status_code == 302


def test_a_login_does_not_forgive_guesses_at_others() -> None:
    """Who has an account must not be able to guess another one's password for ever by logging in between."""
    User.objects.create_user("eve", "", PASSWORD, is_staff=True)
    fail(4)
    login(PASSWORD, "eve")
    fail(1)
    assert login(PASSWORD).status_code == 429


def test_who_is_logged_in_stays_so(client: Client) -> None:
    browser = Client(REMOTE_ADDR="203.0.113.9")
    browser.post(LOGIN, {"username": "ann", "password": PASSWORD})
    fail(5)
    assert browser.get("/admin/").status_code == 200


def test_posts_from_there_are_taken() -> None:
    source: Source = factories.make_source()
    fail(5)
    answer = Client(REMOTE_ADDR="203.0.113.9").post(
        "/webhook", factories.payload(factories.alert()), "application/json",
        headers={"Authorization": f"Bearer {source.new_token('am')}"},
    )  # fmt: skip
    assert answer.status_code == 202


def test_no_post_is_ever_answered_with_it() -> None:
    fail(5)
    answers = {Client(REMOTE_ADDR="203.0.113.9").post("/webhook", b"{}", "application/json").status_code for _ in "123"}
    assert answers == {401}


def test_what_was_typed_as_a_name_is_not_kept() -> None:
    """It is a password now and then."""
    fail(5, "my secret pass word")
    kept = str(list(AccessAttempt.objects.values()))
    assert ("my secret" in kept, "wrong" in kept) == (False, False)


def test_the_log_says_once_from_where(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        fail(8)
    said = [record.getMessage() for record in caplog.records if record.name == "alerthub.people.logins"]
    assert said == ["Logins from 203.0.113.9 failed too often: none is tried for 15 minutes."]


def test_what_was_counted_is_forgotten(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        fail(2)
    housekeeping.tidy(now + timedelta(minutes=14))
    kept = AccessAttempt.objects.count()
    housekeeping.tidy(now + timedelta(minutes=16))
    assert (kept, AccessAttempt.objects.count()) == (1, 0)


def test_pages_ask_nothing_of_it(client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(User.objects.get())
    client.get("/admin/password_change/")
    with django_assert_max_num_queries(3):  # the session, the person and the figures of the menu
        client.get("/admin/password_change/")
