"""Sending again and giving up, from the page of a delivery and from the list."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from deliveries.models import Delivery
from routing.models import Target
from tests.deliveries.admin.pages import LIST, page, text
from tests.factories import make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]


@pytest.fixture
def ended(both: list[Delivery], now: datetime) -> list[Delivery]:
    Delivery.objects.update(state="delivered", ended_at=now)
    return both


def test_sending_again_makes_a_linked_delivery(browser: Client, ended: list[Delivery], target: Target) -> None:
    browser.post(page(ended[0], "send_this_again"), {"target": target.pk})
    again = ended[0].resends.get()
    assert (again.target, again.asked_by, again.title) == (target, "ann", ended[0].title)


def test_what_still_waits_is_not_told_twice(browser: Client, both: list[Delivery], target: Target) -> None:
    answer = browser.post(page(both[0], "send_this_again"), {"target": target.pk}, follow=True)
    assert (both[0].resends.exists(), f"Due and tried now: {both[0]}." in answer.content.decode()) == (False, True)


def test_asking_whether_to_send_again_sends_nothing(browser: Client, both: list[Delivery]) -> None:
    browser.get(page(both[0], "send_this_again"))
    assert not both[0].resends.exists()


def test_sending_again_tells_the_workers(
    browser: Client, both: list[Delivery], target: Target, nudged: list[int]
) -> None:
    browser.post(page(both[0], "send_this_again"), {"target": target.pk})
    assert nudged == [target.pk]


def test_both_pages_link_to_each_other(browser: Client, ended: list[Delivery], target: Target) -> None:
    browser.post(page(ended[0], "send_this_again"), {"target": target.pk})
    again = ended[0].resends.get()
    assert (page(again) in text(browser, ended[0]), page(ended[0]) in text(browser, again)) == (True, True)


def test_several_are_sent_again_from_the_list(browser: Client, ended: list[Delivery], nudged: list[int]) -> None:
    chosen = [delivery.pk for delivery in ended]
    browser.post(LIST, {"action": "send_again", "_selected_action": chosen})
    assert Delivery.objects.filter(resend_of__in=chosen).count() == 2


def test_what_still_waits_is_given_up_from_the_list_with_a_reason(browser: Client, both: list[Delivery]) -> None:
    chosen = [delivery.pk for delivery in both]
    asked = browser.post(LIST, {"action": "give_up_chosen", "_selected_action": chosen})
    assert 'name="reason"' in asked.content.decode()
    form = {"deed": "give_up", "ids": ",".join(map(str, chosen)), "reason": "the storm is over"}
    browser.post(reverse("admin:deliveries_deadletter_settle"), form)
    assert set(Delivery.objects.values_list("state", "reason")) == {("cancelled", "given_up")}


def test_one_whose_target_is_gone_needs_another_target(
    browser: Client, both: list[Delivery], target: Target, nudged: list[int]
) -> None:
    target.delete()
    other = make_target("other")
    browser.post(LIST, {"action": "send_again", "_selected_action": [both[0].pk]})
    browser.post(page(both[0], "send_this_again"), {"target": ""})
    browser.post(page(both[0], "send_this_again"), {"target": other.pk})
    assert both[0].resends.get().target == other


def test_people_who_may_only_look_send_nothing_again(client: Client, both: list[Delivery], target: Target) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_delivery"))
    client.force_login(bob)
    answer = client.post(page(both[0], "send_this_again"), {"target": target.pk})
    client.post(LIST, {"action": "send_again", "_selected_action": [both[0].pk]})
    assert (answer.status_code, both[0].resends.exists()) == (403, False)


def test_people_with_the_permission_to_change_deliveries_send_again(
    client: Client, ended: list[Delivery], target: Target
) -> None:
    eve = User.objects.create_user("eve", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(codename__in=["view_delivery", "change_delivery"]))
    client.force_login(eve)
    client.post(page(ended[0], "send_this_again"), {"target": target.pk})
    assert ended[0].resends.get().asked_by == "eve"
