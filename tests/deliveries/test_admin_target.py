"""What sending adds to the pages of targets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerthub.sandbox import Sandbox
from deliveries.models import Delivery, Lane
from routing.models import Target
from tests.factories import make_rule, make_source, make_target, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    return make_target(url=sandbox.hook("#ops").url)


def page(target: Target, what: str = "change") -> str:
    return reverse(f"admin:routing_target_{what}", args=[target.pk])


def test_a_test_message_reaches_the_room(browser: Client, target: Target, sandbox: Sandbox) -> None:
    browser.post(page(target, "send_test"))
    assert len(sandbox.messages("#ops")) == 1


def test_a_test_message_is_recorded_as_an_attempt(browser: Client, target: Target) -> None:
    browser.post(page(target, "send_test"))
    test = Delivery.objects.get()
    assert (test.kind, test.asked_by, test.state, test.attempts.get().worker) == ("test", "ann", "delivered", "admin")


def test_looking_at_the_page_sends_nothing(browser: Client, target: Target) -> None:
    browser.get(page(target, "send_test"))
    assert not Delivery.objects.exists()


def test_the_result_is_told_in_words_with_a_link(browser: Client, target: Target) -> None:
    shown = browser.post(page(target, "send_test"), follow=True).content.decode()
    link = reverse("admin:deliveries_delivery_change", args=[Delivery.objects.get().pk])
    assert ("Rocket.Chat took it at" in shown, link in shown) == (True, True)


def test_a_failure_is_told_with_its_reason_and_advice(browser: Client, sandbox: Sandbox) -> None:
    target = make_target(url=sandbox.hook("#gone").url.rsplit("/", 1)[0] + "/wrongtokenwrongtoken")
    answer = browser.post(page(target, "send_test"), follow=True)
    result = answer.context["result"]
    assert result.why == "The test message did not get through: Error in Rocket.Chat."
    assert result.then.startswith("Look in Rocket.Chat's log.")


def test_a_message_that_has_to_wait_says_why(browser: Client, target: Target) -> None:
    Lane.objects.create(target=target, paused_until=timezone.now() + timedelta(hours=1))
    answer = browser.post(page(target, "send_test"), follow=True)
    assert answer.context["result"].why == "The rate limit of the target ops is used up."


def test_another_targets_delivery_is_not_told_here(browser: Client, target: Target) -> None:
    browser.post(page(target, "send_test"))
    other = make_target("other")
    answer = browser.get(page(other, "send_test"), {"delivery": Delivery.objects.get().pk})
    assert answer.context["test"] is None


def test_people_who_may_only_look_send_no_test(client: Client, target: Target) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_target"))
    client.force_login(bob)
    assert (client.post(page(target, "send_test")).status_code, Delivery.objects.exists()) == (403, False)


def test_a_post_without_the_csrf_token_sends_nothing(target: Target) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("ann", "", "x"))
    assert (strict.post(page(target, "send_test")).status_code, Delivery.objects.exists()) == (403, False)


def test_deleting_says_what_happens_to_waiting_deliveries(browser: Client, target: Target, now: datetime) -> None:
    make_rule("Web", [target, make_target("other")])
    owed(make_source(), now)
    shown = browser.get(page(target, "delete")).content.decode()
    assert "1 delivery still waits: it ends as cancelled" in shown


def test_deleting_ends_waiting_deliveries_as_cancelled(browser: Client, target: Target, now: datetime) -> None:
    make_rule("Web", [target, make_target("other")])
    owed(make_source(), now)
    browser.post(page(target, "delete"), {"post": "yes"})
    assert Delivery.objects.get(target_name="ops").reason == "target_deleted"


def test_the_list_shows_a_lane_in_trouble_with_its_error(browser: Client, target: Target) -> None:
    Lane.objects.create(target=target, failures=2, last_error="Cannot connect to chat.example.")
    shown = browser.get("/admin/routing/target/").content.decode()
    assert ("in trouble" in shown, "Cannot connect to chat.example." in shown) == (True, True)
