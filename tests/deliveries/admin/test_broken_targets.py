"""Targets that take nothing, on the first page: Rocket.Chat's own words first, how many are held, and the buttons."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from deliveries import reasons
from deliveries.models import Lane
from routing.models import Source, Target
from tests import factories
from tests.callers import person
from tests.deliveries.admin.card import HOUR, break_, owe, page, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def source(target: Target) -> Source:
    factories.tell_fallback(target)
    return factories.make_source()


def test_what_rocket_chat_said_comes_before_our_advice(browser: Client, target: Target, now: datetime) -> None:
    break_(target, now)
    shown = text(browser)
    said, advice = shown.index("error-room-archived"), shown.index(reasons.advice("forbidden"))
    assert shown.index(f"<b>{target}</b>") < said < advice


def test_what_rocket_chat_said_is_escaped(browser: Client, target: Target, now: datetime) -> None:
    break_(target, now, last_error="<script>alert(1)</script>")
    assert "<script>alert(1)" not in text(browser)


def test_a_long_answer_is_cut(browser: Client, target: Target, now: datetime) -> None:
    break_(target, now, last_error="x" * 5000)
    [one] = page(browser)["broken"]
    assert len(one.words) == 300


def test_a_target_that_does_not_answer_says_when_it_is_tried_again(
    browser: Client, target: Target, now: datetime
) -> None:
    Lane.objects.create(target=target, opened_at=now, failures=5, last_error="Cannot connect.")
    [one] = page(browser)["broken"]
    assert (one.words, one.advice) == ("Cannot connect.", "AlertHub tries it again now, with one delivery.")


def test_it_says_how_many_are_held_and_leads_to_them(
    browser: Client, source: Source, target: Target, now: datetime
) -> None:
    break_(target, now)
    owe(source, now - 50 * HOUR, state="held")
    owe(source, now, state="held")
    owe(source, now, state="delivered", ended_at=now)
    [one] = page(browser)["broken"]
    assert (one.held, browser.get(one.held_page).context["cl"].queryset.count()) == (2, 2)


def test_what_another_target_is_owed_does_not_count_for_it(browser: Client, source: Source, now: datetime) -> None:
    break_(factories.make_target("idle"), now)
    owe(source, now, state="held")
    assert [one.held for one in page(browser)["broken"]] == [0]


def test_what_waits_for_it_is_held_too(browser: Client, source: Source, target: Target, now: datetime) -> None:
    Lane.objects.create(target=target, opened_at=now, failures=5)
    owe(source, now)
    assert [one.held for one in page(browser)["broken"]] == [1]


def test_it_can_be_tried_from_here(browser: Client, source: Source, target: Target, now: datetime) -> None:
    owe(source, now, state="held")
    break_(target, now, probe_at=now + HOUR)
    [one] = page(browser)["broken"]
    answer = browser.post(one.try_now, {"back": "home"})
    is_due = Lane.objects.filter(probe_at__lte=timezone.now()).exists()
    assert (answer["Location"], is_due) == ("/admin/", True)


def test_from_its_own_page_trying_leads_back_there(browser: Client, target: Target, now: datetime) -> None:
    break_(target, now)
    answer = browser.post(f"/admin/routing/target/{target.pk}/try-now/")
    assert answer["Location"] == f"/admin/routing/target/{target.pk}/change/"


def test_what_is_owed_nothing_is_tried_with_a_test_message(browser: Client, target: Target, now: datetime) -> None:
    break_(target, now)
    [one] = page(browser)["broken"]
    assert (one.try_now, one.test) == ("", f"/admin/routing/target/{target.pk}/test/")


@pytest.mark.parametrize(
    ("permissions", "held", "shown"),
    [
        ((), 1, (False, False)),
        (("deliveries.change_delivery",), 1, (True, False)),
        (("deliveries.change_delivery",), 0, (False, False)),
        (("routing.test_target",), 1, (False, False)),
        (("routing.test_target",), 0, (False, True)),
    ],
)
def test_buttons_are_for_who_may_use_them(
    client: Client, source: Source, target: Target, now: datetime, permissions: tuple[str, ...], held: int,
    shown: tuple[bool, bool],
) -> None:  # fmt: skip
    for _ in range(held):
        owe(source, now, state="held")
    break_(target, now)
    seen = ("deliveries.view_delivery", "routing.view_target")
    client.force_login(person("bob", *seen, *permissions, is_staff=True))
    [one] = page(client)["broken"]
    assert (bool(one.try_now), bool(one.test), bool(one.page)) == (*shown, True)


def test_a_target_that_is_switched_off_is_not_broken(browser: Client, now: datetime) -> None:
    break_(factories.make_target(enabled=False), now)
    assert page(browser)["broken"] == []


def test_the_longest_broken_stand_first_and_the_rest_is_counted(browser: Client, now: datetime) -> None:
    for hours in range(7):
        break_(factories.make_target(f"t{hours}"), now, broken_at=now - hours * HOUR)
    shown = page(browser)
    assert ([one.name for one in shown["broken"]], shown["more_broken"]) == (["t6", "t5", "t4", "t3", "t2"], 2)
