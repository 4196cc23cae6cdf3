"""Wrong API tokens: what one costs is bounded, and right ones beside it open all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from routing.api.guesses import MOST, Guesses
from tests import factories
from tests.callers import api_token, person

ADDRESS = "203.0.113.9"


def ask(token: str, address: str = ADDRESS) -> Any:
    return Client(REMOTE_ADDR=address).get("/api/v1/targets/", headers={"Authorization": f"Bearer {token}"})


def guess(times: int = MOST, address: str = ADDRESS) -> list[int]:
    return [ask(f"aha_wrong-{number}", address).status_code for number in range(times)]


pytestmark = pytest.mark.django_db


def test_thirty_wrong_ones_are_told_so() -> None:
    assert set(guess()) == {401}


def test_the_next_is_told_to_wait(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        guess()
        answer = ask("aha_one-more")
    assert (answer.status_code, answer["Retry-After"], answer.json()["error"]) == (429, "60", "throttled")
    assert "Too many wrong API tokens came from your address." in answer.json()["detail"]


def test_it_costs_no_query(django_assert_num_queries: Any) -> None:
    guess()
    with django_assert_num_queries(0):
        ask("aha_one-more")


def test_a_token_that_is_in_use_there_goes_on() -> None:
    secret = api_token(person("ann", "routing.view_target"))
    ask(secret)
    guess()
    assert ask(secret).status_code == 200


def test_from_elsewhere_all_are_tried() -> None:
    guess()
    assert ask("aha_one-more", "203.0.113.10").status_code == 401


def test_an_ipv6_network_counts_as_one_address() -> None:
    for number in range(MOST):
        ask("aha_wrong", f"2001:db8::{number:x}")
    assert ask("aha_wrong", "2001:db8::ffff").status_code == 429


def test_after_a_minute_they_are_tried_again(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        guess()
    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        assert ask("aha_one-more").status_code == 401


def test_alertmanager_is_never_told_to_wait() -> None:
    guess()
    browser = Client(REMOTE_ADDR=ADDRESS)
    answers = {
        browser.post(address, b"{}", "application/json", headers={"Authorization": "Bearer ahi_wrong"}).status_code
        for address in ["/webhook", "/api/v1/alertmanager"] * MOST
    }
    assert answers == {401}


def test_nor_is_what_it_posts_refused() -> None:
    secret = factories.make_source().new_token("am")
    guess()
    answer = Client(REMOTE_ADDR=ADDRESS).post(
        "/webhook", factories.payload(factories.alert()), "application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    assert answer.status_code == 202


def test_what_is_remembered_is_bounded(now: datetime) -> None:
    guesses = Guesses()
    for number in range(3_000):
        guesses.wrong(f"10.0.{number // 250}.{number % 250}", now)
        guesses.right(str(number))
    assert (len(guesses._wrong), len(guesses._right)) == (1_000, 1_000)
