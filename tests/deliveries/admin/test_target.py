"""What sending adds to the pages of targets."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alerthub.sandbox import Sandbox
from deliveries import reasons
from deliveries.models import Delivery, Lane
from deliveries.models.lane import mark_of
from deliveries.wake import nudge
from routing.models import Target
from tests.factories import make_rule, make_source, make_target, owed
from tests.routing.admin import test_target as targets

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


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
    browser.post(page(target, "delete"), {"post": "yes", "reason": "moved"})
    assert Delivery.objects.get(target_name="ops").reason == "target_deleted"


def test_the_list_shows_a_lane_in_trouble_with_its_error(browser: Client, target: Target) -> None:
    Lane.objects.create(target=target, failures=2, last_error="Cannot connect to chat.example.")
    shown = browser.get("/admin/routing/target/").content.decode()
    assert ("in trouble" in shown, "Cannot connect to chat.example." in shown) == (True, True)


def broken(target: Target, **fields: Any) -> Lane:
    now = timezone.now()
    defaults = {"broken_at": now, "broken_reason": "unauthorized", "probe_at": now + timedelta(minutes=15)}
    return Lane.objects.create(target=target, **defaults | {"last_error": "HTTP 401", "last_error_at": now} | fields)


@pytest.mark.parametrize(
    ("fields", "badge"),
    [
        ({"broken_at": timezone.now(), "broken_reason": "unauthorized"}, "broken"),
        ({"opened_at": timezone.now(), "failures": 5}, "does not answer"),
        ({"paused_until": timezone.now() + timedelta(days=99)}, "paused"),
        ({"last_delivered_at": timezone.now()}, "ok"),
    ],
)
def test_the_list_says_how_a_target_stands(browser: Client, target: Target, fields: dict[str, Any], badge: str) -> None:
    Lane.objects.create(target=target, **fields)
    assert f">{badge}</span>" in browser.get("/admin/routing/target/").content.decode()


def test_the_list_says_that_a_target_is_disabled(browser: Client, target: Target) -> None:
    Lane.objects.create(target=target, broken_at=timezone.now(), broken_reason="disabled_here")
    Target.objects.update(enabled=False)
    assert ">disabled</span>" in browser.get("/admin/routing/target/").content.decode()


def test_the_list_needs_the_same_number_of_statements_for_many(browser: Client, target: Target) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get("/admin/routing/target/")
        return len(queries)

    broken(target)
    few = statements()
    for number in range(5):
        broken(make_target(f"more {number}"))
    assert statements() == few


def test_the_page_says_since_when_why_and_what_to_do(browser: Client, target: Target) -> None:
    broken(target)
    shown = browser.get(page(target)).content.decode()
    assert "It takes no messages since" in shown
    assert reasons.advice("unauthorized") in html.unescape(shown)
    assert "AlertHub tries it again at" in shown


def test_the_page_says_that_a_probe_is_under_way(browser: Client, target: Target) -> None:
    now = timezone.now()
    broken(target)
    Delivery.objects.create(
        target=target, target_name="ops", state="sending", lease_until=now + timedelta(minutes=1),
        created_at=now, next_attempt_at=now, expires_at=now,
    )  # fmt: skip
    assert "One delivery is on its way to see" in browser.get(page(target)).content.decode()


def test_the_page_counts_what_is_held_and_leads_to_it(browser: Client, target: Target, now: datetime) -> None:
    make_rule(targets=[target])
    owed(make_source(), now)
    Delivery.objects.update(state="held")
    broken(target)
    link = f"/admin/deliveries/deadletter/?target__id__exact={target.pk}&amp;state=held"
    assert f'href="{link}">1 held</a>' in browser.get(page(target)).content.decode()


def test_the_page_says_who_stands_in(browser: Client, target: Target) -> None:
    Target.objects.filter(pk=target.pk).update(fallback_target=make_target("spare"), fallback_after=60)
    broken(target, broken_at=timezone.now() - timedelta(hours=1))
    assert ">in use</span>" in browser.get(page(target)).content.decode()


def test_after_a_mistake_the_page_says_how_the_stored_target_stands(browser: Client, target: Target) -> None:
    lane = Lane.objects.create(target=target, last_delivered_at=timezone.now(), delivered_to=mark_of(target))
    typed = {
        "webhook_address": "https://chat.example.com/hooks/64f0a1b2c3d4e5f6a7b8c9d0/SECRETsecretSECRET",
        "name": "",
    }
    answer = browser.post(f"/admin/routing/target/{target.pk}/change/", targets.filled(**typed))
    assert answer.context["adminform"].errors
    assert lane.target.masked_url == answer.context["original"].masked_url
    assert "Nothing has arrived at its present address yet" not in answer.content.decode()


def test_asking_whether_to_try_now_tries_nothing(browser: Client, target: Target) -> None:
    probe_at = broken(target).probe_at
    browser.get(page(target, "try_now"))
    assert Lane.objects.get().probe_at == probe_at


def test_a_broken_target_is_tried_now(browser: Client, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(nudge, "targets", told.extend)
    broken(target)
    browser.post(page(target, "try_now"))
    assert (Lane.objects.filter(probe_at__lte=timezone.now()).exists(), told) == (True, [target.pk])


def test_a_target_that_works_need_not_be_tried(browser: Client, target: Target) -> None:
    Lane.objects.create(target=target, last_delivered_at=timezone.now())
    assert "Try now" not in browser.get(page(target)).content.decode()
    assert browser.post(page(target, "try_now")).status_code == 403


def test_people_who_may_only_look_try_nothing(client: Client, target: Target) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_target"))
    client.force_login(bob)
    probe_at = broken(target).probe_at
    shown = client.get(page(target)).content.decode()
    assert ("Try now" in shown, client.post(page(target, "try_now")).status_code) == (False, 403)
    assert Lane.objects.get().probe_at == probe_at


def test_a_target_that_is_owed_nothing_is_tried_with_a_test_message(browser: Client, target: Target) -> None:
    broken(target)
    shown = browser.get(page(target, "try_now")).content.decode()
    assert ("send a test message instead" in shown, f'href="{page(target, "send_test")}"' in shown) == (True, True)
