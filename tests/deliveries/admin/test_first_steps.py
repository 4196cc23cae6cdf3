"""First steps stand on the first page until they are done: each with a tick, a sentence and the way there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliveries.models import Lane, Notification
from routing.models import Target
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

STEPS = ["alert", "alertmanager", "room", "test", "address", "troubles"]
REACHED = "https://alerthub.example"
SANDBOX = "http://127.0.0.1:8094/hooks/sandbox-info/t0ken"
TOGGLE = "/admin/first-steps/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:8093"


def steps(browser: Client) -> dict[str, Any]:
    return {step.key: step for step in browser.get("/admin/").context["first_steps"]}


def done(browser: Client) -> list[str]:
    return [key for key, step in steps(browser).items() if step.done]


def shown(browser: Client) -> str:
    return browser.get("/admin/").content.decode()


def accept(at: datetime, sender: str = "10.0.0.7 curl/8.5") -> None:
    factories.accept(factories.make_source(), factories.payload(factories.alert()), at)
    Notification.objects.update(sender=sender)


def prove(target: Target, now: datetime) -> None:
    Lane.objects.create(target=target, last_delivered_at=now)


def finish(settings: Any, now: datetime) -> Target:
    settings.PUBLIC_URL = REACHED
    target = factories.make_target(hears_troubles=True)
    accept(now, "10.0.0.7 Alertmanager/0.28.1")
    prove(target, now)
    return target


def test_at_first_none_is_done(browser: Client) -> None:
    assert (list(steps(browser)), done(browser)) == (STEPS, [])


def test_the_next_one_is_unfolded_and_the_others_are_not(browser: Client) -> None:
    text = shown(browser)
    assert (text.count('data-key="step-'), text.count('data-key="step-alert" open>')) == (6, 1)


def test_the_line_that_sends_a_first_alert_can_be_copied(browser: Client, settings: Any) -> None:
    settings.PUBLIC_URL = REACHED
    text = shown(browser)
    assert f"curl -i {REACHED}/webhook -H &#x27;Authorization: Bearer TOKEN&#x27;" in text
    assert ('data-copy="step-alert"' in text, "routing/copy.js" in text) == (True, True)


def test_the_lines_for_alertmanager_can_be_copied(browser: Client, settings: Any) -> None:
    settings.PUBLIC_URL = REACHED
    text = shown(browser)
    assert (f"- url: {REACHED}/webhook\n" in text, 'data-copy="step-alertmanager"' in text) == (True, True)


def test_a_first_alert_is_ticked_when_it_arrived(browser: Client, now: datetime) -> None:
    accept(now - timedelta(days=3))
    assert done(browser) == ["alert"]


def test_alertmanager_is_ticked_when_it_posted_itself(browser: Client, now: datetime) -> None:
    accept(now, "10.0.0.7 Alertmanager/0.28.1")
    assert done(browser) == ["alert", "alertmanager"]


def test_the_only_source_has_the_way_to_its_token(browser: Client) -> None:
    source = factories.make_source()
    assert steps(browser)["alert"].page == f"/admin/routing/source/{source.pk}/new-token/"


def test_of_several_sources_one_is_chosen(browser: Client) -> None:
    factories.make_source("a")
    factories.make_source("b")
    assert steps(browser)["alertmanager"].page == "/admin/routing/source/"


@pytest.mark.parametrize(
    ("url", "enabled", "is_done"),
    [(factories.HOOK_URL, True, True), (SANDBOX, True, False), (factories.HOOK_URL, False, False)],
)
def test_a_real_room_is_one_of_another_machine(browser: Client, url: str, enabled: bool, is_done: bool) -> None:
    factories.make_target(url=url, enabled=enabled)
    assert ("room" in done(browser)) is is_done


def test_a_room_of_a_server_counts_by_its_servers_address(browser: Client) -> None:
    factories.make_rest_target(factories.make_server())
    assert done(browser) == ["room"]


def test_the_target_of_the_sandbox_is_what_gets_the_hook(browser: Client) -> None:
    target = factories.make_target(url=SANDBOX)
    step = steps(browser)["room"]
    assert (step.page, step.place) == (f"/admin/routing/target/{target.pk}/change/", "Target ops")


def test_without_any_target_one_is_made(browser: Client) -> None:
    assert steps(browser)["room"].page == "/admin/routing/target/add/"


def test_the_test_message_goes_to_the_real_room(browser: Client) -> None:
    factories.make_target("a", url=SANDBOX)
    target = factories.make_target("b")
    assert steps(browser)["test"].page == f"/admin/routing/target/{target.pk}/test/"


@pytest.mark.parametrize(("url", "is_done"), [(factories.HOOK_URL, True), (SANDBOX, False)])
def test_the_test_message_is_ticked_when_the_real_room_took_one(
    browser: Client, now: datetime, url: str, is_done: bool
) -> None:
    prove(factories.make_target(url=url), now)
    assert ("test" in done(browser)) is is_done


def test_an_address_that_others_can_open_is_ticked(browser: Client, settings: Any) -> None:
    settings.PUBLIC_URL = REACHED
    assert done(browser) == ["address"]


@pytest.mark.parametrize(("enabled", "is_done"), [(True, True), (False, False)])
def test_a_room_that_hears_troubles_is_ticked(browser: Client, enabled: bool, is_done: bool) -> None:
    factories.make_target(url=SANDBOX, hears_troubles=True, enabled=enabled)
    assert ("troubles" in done(browser)) is is_done


def test_they_are_gone_when_all_are_done(browser: Client, settings: Any, now: datetime) -> None:
    finish(settings, now)
    assert (steps(browser), "first steps" in shown(browser).lower()) == ({}, False)


def test_once_messages_reach_people_nothing_is_unfolded(browser: Client, settings: Any, now: datetime) -> None:
    finish(settings, now).delete()
    prove(factories.make_target(), now)
    assert ("First steps" in shown(browser), 'data-key="step-troubles">' in shown(browser)) == (True, True)


def test_they_can_be_hidden_and_shown_again(browser: Client) -> None:
    answer = browser.post(TOGGLE, {"hide": "yes"})
    assert (answer["Location"], steps(browser), "Show first steps" in shown(browser)) == ("/admin/", {}, True)
    browser.post(TOGGLE, {"show": "yes"})
    assert list(steps(browser)) == STEPS


def test_who_comes_after_in_the_same_browser_sees_them(browser: Client) -> None:
    browser.post(TOGGLE, {"hide": "yes"})
    browser.force_login(person("bob", is_staff=True, is_superuser=True))
    assert list(steps(browser)) == STEPS


def test_looking_hides_nothing(browser: Client) -> None:
    assert browser.get(TOGGLE).status_code == 405


def test_what_the_steps_say_is_not_said_twice(browser: Client) -> None:
    assert [name for _, name, _ in browser.get("/admin/").context["looks"]] == ["Rule Fallback"]


def test_hidden_steps_leave_what_is_to_be_looked_at(browser: Client) -> None:
    browser.post(TOGGLE, {"hide": "yes"})
    names = [name for _, name, _ in browser.get("/admin/").context["looks"]]
    assert names[:2] == ["Nobody is told of AlertHub's own troubles", "Setting ALERTHUB_PUBLIC_URL"]


@pytest.mark.parametrize(("permissions", "sees"), [((), False), (("routing.test_target",), True)])
def test_only_who_may_do_something_of_it_sees_them(client: Client, permissions: tuple[str, ...], sees: bool) -> None:
    client.force_login(person("bob", "deliveries.view_delivery", *permissions, is_staff=True))
    assert (bool(steps(client)), "first steps" in shown(client).lower()) == (sees, sees)


def test_who_may_make_no_token_is_led_to_the_sources(client: Client) -> None:
    factories.make_source()
    client.force_login(person("bob", "deliveries.view_delivery", "routing.test_target", is_staff=True))
    assert (steps(client)["alert"].page, steps(client)["room"].page) == (
        "/admin/routing/source/",
        "/admin/routing/target/",
    )


def test_a_name_of_a_target_is_escaped(browser: Client) -> None:
    factories.make_target("<b>x</b>", url=SANDBOX)
    assert "Target <b>x" not in shown(browser)
