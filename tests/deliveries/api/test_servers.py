"""Checking a server's connection through the REST API."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from alerthub.sandbox import Sandbox
from routing.models import RocketChatServer
from tests import factories
from tests.callers import caller, superuser

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


@pytest.fixture
def api() -> APIClient:
    return superuser()


@pytest.fixture
def server(sandbox: Sandbox) -> RocketChatServer:
    return factories.server_of(sandbox)


def check(api: APIClient, server: RocketChatServer, body: Any = None) -> Any:
    return api.post(f"/api/v1/servers/{server.pk}/check/", body)


def test_a_check_tells_its_steps(api: APIClient, server: RocketChatServer) -> None:
    told = check(api, server).json()
    assert (told["ok"], [each["step"] for each in told["findings"]]) == (
        True,
        ["Connection", "Rocket.Chat", "Account", "Role"],
    )


def test_a_check_looks_for_a_room_if_asked(api: APIClient, server: RocketChatServer) -> None:
    told = check(api, server, {"room": "#nowhere"}).json()
    assert told["ok"] is False
    assert told["findings"][-1]["words"].startswith("Rocket.Chat knows no room #nowhere:")


def test_checking_needs_the_permission_to_change(server: RocketChatServer, sandbox: Sandbox) -> None:
    api = caller("routing.view_rocketchatserver")
    assert (check(api, server).status_code, sandbox.requests(sandbox.rest)) == (403, [])


@pytest.mark.parametrize("body", [{"room": "x" * 101}, {"room": ["#ops"]}, ["#ops"]])
def test_an_odd_question_is_refused(api: APIClient, server: RocketChatServer, body: Any) -> None:
    assert check(api, server, body).status_code == 400


def test_a_server_that_is_not_there_is_a_404(api: APIClient) -> None:
    assert api.post("/api/v1/servers/999/check/").status_code == 404
