"""Who may use the REST API, with a token or a session, and what a user's permissions open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from routing.models import ApiToken
from tests import callers, factories
from tests.callers import Caller, api_token, caller, person, superuser, with_token

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

READABLE = (
    "sources",
    "targets",
    "servers",
    "rules",
    "silences",
    "windows",
    "severity-words",
    "api-tokens",
    "notifications",
    "alerts",
    "deliveries",
    "rejected-requests",
)


@pytest.fixture
def ann() -> User:
    return person("ann", "routing.view_target")


@pytest.mark.parametrize("name", READABLE)
def test_nobody_reads_without_logging_in(name: str) -> None:
    answer = APIClient().get(f"/api/v1/{name}/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="AlertHub"')


@pytest.mark.parametrize("name", READABLE)
def test_reading_needs_the_permission_to_view(name: str) -> None:
    assert caller().get(f"/api/v1/{name}/").status_code == 403


@pytest.mark.parametrize("name", READABLE)
def test_a_superuser_reads_everything(name: str) -> None:
    assert superuser().get(f"/api/v1/{name}/").status_code == 200


def test_a_refusal_names_the_missing_permission() -> None:
    assert "routing.view_target" in caller().get("/api/v1/targets/").json()["detail"]


def test_a_token_acts_with_its_users_permissions(ann: User) -> None:
    assert with_token(api_token(ann)).get("/api/v1/targets/").status_code == 200


def test_permission_to_view_does_not_allow_changes(ann: User) -> None:
    target = factories.make_target()
    assert with_token(api_token(ann)).patch(f"/api/v1/targets/{target.pk}/", {"alias": "x"}).status_code == 403


def test_an_unknown_token_is_refused() -> None:
    assert with_token("aha_no-such-token-anywhere").get("/api/v1/targets/").status_code == 401


def test_an_expired_token_is_refused(ann: User) -> None:
    secret = api_token(ann, expires_at=timezone.now() - timedelta(seconds=1))
    assert with_token(secret).get("/api/v1/targets/").status_code == 401


def test_a_token_of_somebody_who_may_not_log_in_is_refused(ann: User) -> None:
    secret = api_token(ann)
    User.objects.update(is_active=False)
    assert with_token(secret).get("/api/v1/targets/").status_code == 401


def test_an_ingest_token_does_not_open_the_api() -> None:
    assert with_token(factories.make_source().new_token("am")).get("/api/v1/targets/").status_code == 401


def test_a_tokens_last_use_is_remembered(ann: User) -> None:
    with_token(api_token(ann)).get("/api/v1/targets/")
    assert ApiToken.objects.get().last_used_at is not None


def test_a_session_opens_the_api(ann: User) -> None:
    client = APIClient()
    client.force_login(ann)
    assert client.get("/api/v1/targets/").status_code == 200


def test_a_session_cannot_write_without_a_csrf_token() -> None:
    client = Caller(enforce_csrf_checks=True)
    client.force_login(person("root", is_superuser=True))
    answer = client.post("/api/v1/severity-words/", {"word": "oops", "severity": "critical"})
    assert (answer.status_code, "CSRF" in answer.json()["detail"]) == (403, True)


def test_a_new_api_token_is_shown_once() -> None:
    api = superuser()
    made = api.post("/api/v1/api-tokens/", {"name": "deploy"}).json()
    listed = api.get("/api/v1/api-tokens/").json()["results"]
    assert made["token"].startswith("aha_")
    assert made["token"] not in str(listed)


def test_a_new_api_token_works() -> None:
    made = superuser().post("/api/v1/api-tokens/", {"name": "deploy"}).json()
    assert with_token(made["token"]).get("/api/v1/targets/").status_code == 200


def test_a_token_cannot_make_one_that_outlives_it() -> None:
    user = person("bot", "routing.add_apitoken")
    secret = api_token(user, expires_at=timezone.now() + timedelta(hours=1))
    answer = with_token(secret).post("/api/v1/api-tokens/", {"name": "for ever"})
    assert answer.json()["fields"].keys() == {"expires_at"}


def test_people_see_their_own_api_tokens_only() -> None:
    api_token(person("bob"))
    listed = caller("routing.view_apitoken", name="ann").get("/api/v1/api-tokens/").json()["results"]
    assert [row["user"] for row in listed] == ["ann"]


def test_people_cannot_delete_the_tokens_of_others() -> None:
    api_token(person("bob"))
    token = ApiToken.objects.get()
    assert caller("routing.delete_apitoken").delete(f"/api/v1/api-tokens/{token.pk}/").status_code == 404


def test_a_deleted_api_token_opens_nothing() -> None:
    client = caller("routing.delete_apitoken", "routing.view_target")
    client.delete(f"/api/v1/api-tokens/{ApiToken.objects.get().pk}/")
    assert client.get("/api/v1/targets/").status_code == 401


def test_superusers_see_all_api_tokens() -> None:
    api_token(person("bob"))
    listed = callers.superuser().get("/api/v1/api-tokens/").json()["results"]
    assert [row["user"] for row in listed] == ["bob", "root"]
