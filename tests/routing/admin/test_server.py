"""Editing Rocket.Chat servers: the access token goes in and never comes out, and is never sent elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from routing.models import RocketChatServer
from tests.factories import make_rest_target, make_server

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

BASE_URL, TOKEN = "https://chat.example", "s3cr3tAccessT0kenThatNobodyMaySee"
LIST = "/admin/routing/rocketchatserver/"
ADD = f"{LIST}add/"


def page(server: RocketChatServer, what: str = "change") -> str:
    return reverse(f"admin:routing_rocketchatserver_{what}", args=[server.pk])


def filled(**fields: Any) -> dict[str, Any]:
    return {
        "name": "chat", "base_url": BASE_URL, "user_id": "botUserId12345678", "access_token": "", "verify_tls": "on",
        "rate_limit_calls": 0, "rate_limit_seconds": 60,
    } | fields  # fmt: skip


def test_a_server_is_added_with_its_token_sealed(browser: Client) -> None:
    browser.post(ADD, filled(access_token=TOKEN))
    server = RocketChatServer.objects.get()
    assert (server.token(), TOKEN in server.token_sealed) == (TOKEN, False)


def test_a_slash_at_the_end_of_the_address_is_no_part_of_it(browser: Client) -> None:
    browser.post(ADD, filled(access_token=TOKEN, base_url=f"{BASE_URL}/sub/"))
    server = RocketChatServer.objects.get()
    assert (server.base_url, server.token()) == (f"{BASE_URL}/sub", TOKEN)


def test_a_new_server_needs_a_token_and_says_so_once(browser: Client) -> None:
    errors = browser.post(ADD, filled()).context["adminform"].errors
    assert errors == {"access_token": ["A server needs the access token of its bot account."]}


def test_an_empty_token_keeps_the_one_that_is_there(browser: Client) -> None:
    server = make_server()
    browser.post(page(server), filled(name="renamed"))
    server.refresh_from_db()
    assert (server.name, server.token()) == ("renamed", TOKEN)


def test_a_new_address_needs_the_token_again(browser: Client) -> None:
    server = make_server()
    errors = browser.post(page(server), filled(base_url="https://evil.example")).context["adminform"].errors
    server.refresh_from_db()
    assert (list(errors), server.base_url) == (["base_url"], BASE_URL)


def test_a_new_address_with_its_token_is_taken(browser: Client) -> None:
    server = make_server()
    browser.post(page(server), filled(base_url="https://new.example", access_token="another-token"))
    server.refresh_from_db()
    assert (server.base_url, server.token()) == ("https://new.example", "another-token")


@pytest.mark.parametrize("wrong", [{"access_token": f"{TOKEN} x"}, {"access_token": TOKEN, "name": ""}])
def test_a_token_is_not_repeated_in_an_error(browser: Client, wrong: dict[str, Any]) -> None:
    answer = browser.post(ADD, filled(**wrong))
    assert (answer.status_code, TOKEN in answer.content.decode()) == (200, False)


@pytest.mark.parametrize("what", ["change", "delete", "history", "check_connection"])
def test_no_page_of_a_server_shows_the_token(browser: Client, what: str) -> None:
    server = make_server()
    assert TOKEN not in browser.get(page(server, what)).content.decode()


def test_the_list_shows_the_mask(browser: Client) -> None:
    make_server()
    text = browser.get(LIST).content.decode()
    assert ("…ySee" in text, TOKEN in text) == (True, False)


def test_the_log_of_changes_does_not_name_the_token(browser: Client) -> None:
    browser.post(ADD, filled(access_token=TOKEN))
    assert all(TOKEN not in str(entry.change_message) + entry.object_repr for entry in LogEntry.objects.all())


def test_who_may_only_look_sees_the_mask(client: Client) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_rocketchatserver"))
    client.force_login(bob)
    shown = client.get(page(make_server())).content.decode()
    assert ("…ySee" in shown, "access_token" in shown) == (True, False)


def test_a_server_lists_its_targets(browser: Client) -> None:
    server = make_server()
    make_rest_target(server, "#night", name="night shift")
    assert "night shift</a> (#night)" in browser.get(page(server)).content.decode()


@pytest.mark.parametrize("chosen", ["one", "list"])
def test_a_server_that_targets_need_is_not_deleted(browser: Client, chosen: str) -> None:
    server = make_server()
    make_rest_target(server)
    if chosen == "one":
        answer = browser.post(page(server, "delete"), {"post": "yes"})
    else:
        answer = browser.post(LIST, {"action": "delete_selected", "_selected_action": [server.pk], "post": "yes"})
    shown = answer.content.decode()
    assert "This cannot be deleted now" in shown
    assert "is needed by the target" in shown
    assert RocketChatServer.objects.exists()


@pytest.mark.parametrize("chosen", ["one", "list"])
def test_a_server_nobody_needs_is_deleted(browser: Client, chosen: str) -> None:
    server = make_server()
    if chosen == "one":
        browser.post(page(server, "delete"), {"post": "yes"})
    else:
        browser.post(LIST, {"action": "delete_selected", "_selected_action": [server.pk], "post": "yes"})
    assert not RocketChatServer.objects.exists()


def test_deleting_asks_in_the_words_of_servers(browser: Client) -> None:
    assert "Delete this Rocket.Chat server?" in browser.get(page(make_server(), "delete")).content.decode()
