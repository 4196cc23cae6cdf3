"""Rocket.Chat servers, and targets on them, through the REST API."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from routing.models import RocketChatServer, Target
from tests import factories
from tests.callers import superuser
from tests.factories import HOOK_URL, make_rest_target, make_server

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

BASE_URL, TOKEN = "https://chat.example", "s3cr3tAccessT0kenThatNobodyMaySee"


@pytest.fixture
def api() -> APIClient:
    return superuser()


@pytest.fixture
def server() -> RocketChatServer:
    return make_server()


def post_server(api: APIClient, **fields: Any) -> Any:
    body = {"name": "chat", "base_url": BASE_URL, "user_id": "botUserId12345678", "access_token": TOKEN}
    return api.post("/api/v1/servers/", body | fields)


def change(api: APIClient, server: RocketChatServer, **fields: Any) -> Any:
    return api.patch(f"/api/v1/servers/{server.pk}/", fields)


def test_a_server_shows_a_mask_of_its_token(api: APIClient) -> None:
    answer = post_server(api)
    assert (answer.status_code, answer.json()["token"], TOKEN in answer.text) == (201, "…ySee", False)


def test_the_token_arrives_whole(api: APIClient) -> None:
    post_server(api)
    assert RocketChatServer.objects.get().token() == TOKEN


@pytest.mark.parametrize("method", ["get", "options"])
def test_a_list_of_servers_shows_no_secret(api: APIClient, server: RocketChatServer, method: str) -> None:
    assert TOKEN not in getattr(api, method)("/api/v1/servers/").text


def test_a_new_server_needs_its_token(api: APIClient) -> None:
    body = {"name": "chat", "base_url": BASE_URL, "user_id": "botUserId12345678"}
    assert list(api.post("/api/v1/servers/", body).json()["fields"]) == ["access_token"]


def test_a_change_without_the_token_keeps_it(api: APIClient, server: RocketChatServer) -> None:
    change(api, server, name="night")
    server.refresh_from_db()
    assert (server.name, server.token()) == ("night", TOKEN)


def test_a_new_address_needs_the_token_again(api: APIClient, server: RocketChatServer) -> None:
    answer = change(api, server, base_url="https://evil.example")
    server.refresh_from_db()
    assert (answer.status_code, list(answer.json()["fields"]), server.base_url) == (400, ["base_url"], BASE_URL)


def test_a_new_address_with_its_token_is_taken(api: APIClient, server: RocketChatServer) -> None:
    change(api, server, base_url="https://new.example/chat/", access_token="another-token")
    server.refresh_from_db()
    assert (server.base_url, server.token()) == ("https://new.example/chat", "another-token")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"base_url": "chat.example"}, "base_url"),
        ({"base_url": "https://user:pw@chat.example"}, "base_url"),
        ({"base_url": HOOK_URL}, "base_url"),
        ({"user_id": "two words"}, "user_id"),
        ({"user_id": "zeilen\numbruch"}, "user_id"),
        ({"user_id": "ümlaut"}, "user_id"),
        ({"access_token": "short"}, "access_token"),
        ({"access_token": f"{TOKEN}\nX: y"}, "access_token"),
        ({"access_token": f"{TOKEN}ü"}, "access_token"),
        ({"ca_file": "ca.pem"}, "ca_file"),
        ({"rate_limit_seconds": 0}, "rate_limit_seconds"),
    ],
)
def test_what_cannot_be_is_refused(api: APIClient, fields: dict[str, Any], named: str) -> None:
    answer = post_server(api, **fields)
    assert (answer.status_code, list(answer.json()["fields"]), TOKEN in answer.text) == (400, [named], False)


def test_a_server_that_targets_use_cannot_be_deleted(api: APIClient, server: RocketChatServer) -> None:
    make_rest_target(server, name="night shift")
    answer = api.delete(f"/api/v1/servers/{server.pk}/")
    assert (answer.status_code, "night shift" in answer.json()["detail"]) == (409, True)


def test_a_server_nobody_uses_is_deleted(api: APIClient, server: RocketChatServer) -> None:
    assert api.delete(f"/api/v1/servers/{server.pk}/").status_code == 204


# Targets on a server.


def post_target(api: APIClient, **fields: Any) -> Any:
    return api.post("/api/v1/targets/", {"name": "ops"} | fields)


def test_a_target_is_a_room_on_a_server(api: APIClient, server: RocketChatServer) -> None:
    told = post_target(api, server=server.pk, channel="#ops", updates="edit").json()
    assert (told["server"], told["webhook"], told["updates"]) == (server.pk, "https://chat.example #ops", "edit")


def test_a_target_on_a_server_needs_a_room(api: APIClient, server: RocketChatServer) -> None:
    assert list(post_target(api, server=server.pk).json()["fields"]) == ["channel"]


def test_a_target_is_one_road(api: APIClient, server: RocketChatServer) -> None:
    answer = post_target(api, server=server.pk, channel="#ops", webhook_url=HOOK_URL)
    assert list(answer.json()["fields"]) == ["server"]


def test_a_webhook_cannot_edit(api: APIClient) -> None:
    assert list(post_target(api, webhook_url=HOOK_URL, updates="edit").json()["fields"]) == ["updates"]


def test_a_target_that_moves_to_a_server_forgets_its_webhook(api: APIClient, server: RocketChatServer) -> None:
    target = factories.make_target()
    api.patch(f"/api/v1/targets/{target.pk}/", {"server": server.pk, "channel": "#ops"})
    target.refresh_from_db()
    assert (target.server, target.webhook_sealed) == (server, "")


def test_a_target_moves_back_to_a_webhook(api: APIClient, server: RocketChatServer) -> None:
    target = make_rest_target(server)
    answer = api.patch(f"/api/v1/targets/{target.pk}/", {"server": None, "channel": "", "webhook_url": HOOK_URL})
    target.refresh_from_db()
    assert (answer.status_code, target.server, target.webhook_url()) == (200, None, HOOK_URL)


def test_a_target_that_leaves_its_server_needs_a_webhook(api: APIClient, server: RocketChatServer) -> None:
    target = make_rest_target(server)
    assert list(api.patch(f"/api/v1/targets/{target.pk}/", {"server": None}).json()["fields"]) == ["webhook_url"]


def test_a_target_has_its_settings_for_storms_and_trouble(api: APIClient) -> None:
    other = factories.make_target("other")
    fields = {
        "updates": "thread", "resolved_in_room": True, "digest_after": 60, "fallback_target": other.pk,
        "fallback_after": 300, "hears_troubles": True,
    }  # fmt: skip
    told = post_target(api, webhook_url=HOOK_URL, **fields).json()
    assert {name: told[name] for name in fields} == fields


def test_a_target_is_not_its_own_fallback(api: APIClient) -> None:
    target = factories.make_target()
    answer = api.patch(f"/api/v1/targets/{target.pk}/", {"fallback_target": target.pk})
    assert list(answer.json()["fields"]) == ["fallback_target"]


@pytest.mark.parametrize("name", ["server", "fallback_target"])
@pytest.mark.parametrize("wrong", [999, 0, 10**30, "x", True, [1]])
def test_an_id_of_nothing_is_refused(api: APIClient, name: str, wrong: Any) -> None:
    answer = post_target(api, webhook_url=HOOK_URL, **{name: wrong})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_the_list_of_targets_asks_for_servers_once(
    api: APIClient, server: RocketChatServer, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        make_rest_target(server, f"#room-{number}")
    with django_assert_max_num_queries(6):
        assert len(api.get("/api/v1/targets/").json()["results"]) == Target.objects.count()
