"""What the pages of targets and servers say after somebody changed where messages go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerthub.sandbox import Sandbox
from deliveries.models import Lane
from routing.models import Target
from tests import factories
from tests.callers import person
from tests.routing.admin import test_server as servers
from tests.routing.admin.test_target import ADD, filled, on_server, page

pytestmark = pytest.mark.django_db

NEW_URL = "https://new.example/hooks/65f0c0ffee/an0therT0kenNobodySees"
LIST = "/admin/routing/target/"


@pytest.fixture
def used(sandbox: Sandbox, browser: Client) -> Target:
    """A target that took a message where it leads."""
    target = factories.make_target(url=sandbox.hook("#ops").url)
    browser.post(page(target, "send_test"))
    return target


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def badges(browser: Client) -> list[str]:
    shown = browser.get(LIST).content.decode()
    return [word for word in ("ok", "not tried yet") if f">{word}</span>" in shown]


def test_the_green_line_says_the_new_address_masked(browser: Client) -> None:
    answer = browser.post(page(factories.make_target()), filled(webhook_address=NEW_URL))
    assert "Address is now https://new.example/…Sees." in said(answer)[1]


def test_it_leads_to_the_test_message(browser: Client) -> None:
    target = factories.make_target()
    answer = browser.post(page(target), filled(webhook_address=NEW_URL), follow=True)
    assert f'href="{page(target, "send_test")}">Send test message</a>' in answer.content.decode()


def test_who_may_not_send_one_is_not_led_there(client: Client) -> None:
    target = factories.make_target()
    client.force_login(person("bob", "routing.change_target", "routing.view_target", is_staff=True))
    answer = client.post(page(target), filled(webhook_address=NEW_URL))
    assert said(answer)[1:] == ["Address is now https://new.example/…Sees."]


def test_a_new_target_says_its_address(browser: Client) -> None:
    assert "Address is now https://new.example/…Sees." in said(browser.post(ADD, filled(webhook_address=NEW_URL)))[1]


def test_a_new_target_without_an_address_says_nothing_of_it(browser: Client) -> None:
    assert len(said(browser.post(ADD, filled(enabled=None)))) == 1


def test_a_change_that_leaves_the_address_says_nothing_of_it(browser: Client) -> None:
    assert len(said(browser.post(page(factories.make_target()), filled(name="renamed")))) == 1


def test_a_move_to_a_server_says_where_messages_go_now(browser: Client) -> None:
    answer = browser.post(page(factories.make_target()), on_server(factories.make_server()))
    assert "Address is now https://chat.example #ops." in said(answer)[1]


def test_another_room_on_the_server_says_where_messages_go_now(browser: Client) -> None:
    chat = factories.make_server()
    target = factories.make_rest_target(chat, "#night")
    answer = browser.post(page(target), on_server(chat))
    assert "Address is now https://chat.example #ops." in said(answer)[1]


def test_another_room_of_a_webhook_is_said(browser: Client) -> None:
    answer = browser.post(page(factories.make_target()), filled(channel="#night"))
    assert "Room is now #night." in said(answer)[1]


def test_a_restored_target_says_the_address_it_was_given(browser: Client) -> None:
    record = Target.history.get(name=factories.make_target().name)
    Target.objects.all().delete()
    restore = reverse("admin:routing_target_restore", args=[record.id, record.history_id])
    assert "Address is now https://new.example/…Sees." in said(browser.post(restore, {"secret": NEW_URL}))[1]


def test_a_server_says_its_new_token_and_leads_to_the_check(browser: Client) -> None:
    chat = factories.make_server()
    line = said(browser.post(servers.page(chat), servers.filled(access_token="an0therAccessT0ken")))[1]
    assert line.startswith("Access token is now …0ken. It was not tried yet:")
    assert f'href="{servers.page(chat, "check_connection")}"' in line


def test_a_server_says_its_new_address(browser: Client) -> None:
    fields = servers.filled(access_token="an0therAccessT0ken", base_url="https://new.example")
    line = said(browser.post(servers.page(factories.make_server()), fields))[1]
    assert line.startswith("Address is now https://new.example. Access token is now …0ken.")


def test_a_server_that_is_renamed_says_nothing_of_its_token(browser: Client) -> None:
    assert len(said(browser.post(servers.page(factories.make_server()), servers.filled(name="renamed")))) == 1


def test_a_target_that_took_a_message_is_ok(browser: Client, used: Target) -> None:
    assert badges(browser) == ["ok"]


def test_a_changed_address_is_not_ok_before_something_arrived_there(browser: Client, used: Target) -> None:
    browser.post(page(used), filled(webhook_address=NEW_URL))
    assert badges(browser) == ["not tried yet"]


def test_it_is_ok_again_after_a_test_message(browser: Client, used: Target, sandbox: Sandbox) -> None:
    browser.post(page(used), filled(webhook_address=sandbox.hook("#db").url))
    browser.post(page(used, "send_test"))
    assert badges(browser) == ["ok"]


def test_a_target_that_is_renamed_stays_ok(browser: Client, used: Target) -> None:
    browser.post(page(used), filled(name="renamed"))
    assert badges(browser) == ["ok"]


def test_the_first_page_says_so_too(browser: Client, used: Target) -> None:
    browser.post(page(used), filled(webhook_address=NEW_URL))
    assert "not tried yet" in str(browser.get("/admin/").context["rooms"][0]["health"])


def test_the_page_says_that_the_last_message_went_elsewhere(browser: Client, used: Target) -> None:
    browser.post(page(used), filled(webhook_address=NEW_URL))
    shown = browser.get(page(used)).content.decode()
    assert "to where it led before" in shown
    assert "Nothing has arrived at its present address yet: send a test message" in shown


@pytest.mark.parametrize(
    "change", [{"token": "an0therAccessT0ken"}, {"base_url": "https://new.example", "token": "an0therAccessT0ken"}]
)
def test_the_rooms_of_a_changed_server_are_not_ok(browser: Client, now: datetime, change: dict[str, str]) -> None:
    chat = factories.make_server()
    Lane.objects.create(
        target=factories.make_rest_target(chat), last_delivered_at=now, delivered_to="of the account before"
    )
    fields = {"base_url": chat.base_url} | change
    browser.post(servers.page(chat), servers.filled(access_token=fields.pop("token"), **fields))
    assert badges(browser) == ["not tried yet"]


def test_a_lane_from_before_this_was_kept_is_believed(browser: Client, now: datetime) -> None:
    Lane.objects.create(target=factories.make_target(), last_delivered_at=now)
    assert badges(browser) == ["ok"]


def test_many_targets_on_servers_need_no_more_statements_on_the_first_page(browser: Client, now: datetime) -> None:
    def statements() -> int:
        browser.get("/admin/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/admin/")
        return len(queries)

    def another(room: str) -> None:
        target = factories.make_rest_target(chat, room)
        Lane.objects.create(target=target, last_delivered_at=now, delivered_to="another")

    chat = factories.make_server()
    another("#first")
    few = statements()
    for number in range(5):
        another(f"#room-{number}")
    assert statements() == few
