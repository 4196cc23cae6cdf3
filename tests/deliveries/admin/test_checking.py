"""The button "Check connection" on the pages of servers and of targets that post through one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from alerthub.sandbox import Sandbox
from routing.models import RocketChatServer, Target
from tests.factories import make_rest_target, make_target, server_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(sandbox: Sandbox) -> RocketChatServer:
    return server_of(sandbox)


def page(row: RocketChatServer | Target, what: str = "check_connection") -> str:
    return reverse(f"admin:routing_{row._meta.model_name}_{what}", args=[row.pk])


def steps(answer: Any) -> list[tuple[str, bool]]:
    return [(finding.step, finding.ok) for finding in answer.context["findings"]]


def test_a_server_is_checked_step_by_step(browser: Client, server: RocketChatServer) -> None:
    answer = browser.post(page(server))
    assert steps(answer) == [("Connection", True), ("Rocket.Chat", True), ("Account", True), ("Role", True)]
    assert "All is well" in answer.content.decode()


def test_a_target_is_checked_up_to_its_room(browser: Client, server: RocketChatServer, sandbox: Sandbox) -> None:
    sandbox.room("#ops", archived=True)
    answer = browser.post(page(make_rest_target(server)))
    assert steps(answer)[-1] == ("Room", False)
    assert "#ops is archived: unarchive it in Rocket.Chat" in answer.content.decode()


def test_looking_at_the_page_asks_nobody(browser: Client, server: RocketChatServer, sandbox: Sandbox) -> None:
    browser.get(page(server))
    assert sandbox.requests(sandbox.rest) == []


def test_a_token_that_cannot_be_decrypted_is_named(browser: Client, server: RocketChatServer) -> None:
    RocketChatServer.objects.update(token_sealed="of another key")
    answer = browser.post(page(server))
    assert steps(answer) == [("Access token", False)]
    assert "ALERTHUB_ENCRYPTION_KEYS" in answer.content.decode()


def test_a_target_with_a_webhook_has_no_such_button(browser: Client) -> None:
    target = make_target()
    assert page(target) not in browser.get(page(target, "change")).content.decode()
    assert browser.post(page(target)).status_code == 403


@pytest.mark.parametrize("kind", ["server", "target"])
def test_the_button_is_on_the_page(browser: Client, server: RocketChatServer, kind: str) -> None:
    row = server if kind == "server" else make_rest_target(server)
    assert page(row) in browser.get(page(row, "change")).content.decode()


@pytest.mark.parametrize("kind", ["server", "target"])
def test_people_who_may_only_look_check_nothing(
    client: Client, server: RocketChatServer, sandbox: Sandbox, kind: str
) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(bob)
    row = server if kind == "server" else make_rest_target(server)
    assert (client.post(page(row)).status_code, sandbox.requests(sandbox.rest)) == (403, [])


@pytest.mark.parametrize("number", ["999", "x"])
def test_a_row_that_is_not_there_is_not_checked(browser: Client, server: RocketChatServer, number: str) -> None:
    address = page(server).replace(f"/{server.pk}/", f"/{number}/")
    assert browser.post(address).status_code in (403, 404)


def test_a_post_without_the_csrf_token_checks_nothing(server: RocketChatServer, sandbox: Sandbox) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("ann", "", "x"))
    assert (strict.post(page(server)).status_code, sandbox.requests(sandbox.rest)) == (403, [])
