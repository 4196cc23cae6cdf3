"""What ends when a password is changed or a person is deactivated, and where that is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from routing.models import ApiToken
from tests.callers import api_token, person, superuser, with_token

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

USERS = "/admin/auth/user/"
TOKENS = "/admin/routing/apitoken/"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OLD, NEW = "old horse battery", "new horse battery"


@pytest.fixture
def bob() -> User:
    return person("bob", "routing.view_target", "routing.view_apitoken", password=OLD, is_staff=True)


@pytest.fixture
def own(bob: User) -> str:
    return api_token(bob)


@pytest.fixture
def machines(bob: User) -> str:
    return api_token(bob, machine=True)


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


def opens(secret: str) -> int:
    return with_token(secret).get("/api/v1/targets/").status_code


def change_own_password(user: User) -> Any:
    browser = Client()
    browser.force_login(user)
    form = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    return browser.post("/admin/password_change/", form, follow=True)


def set_password(root: Client, user: User, **form: str) -> Any:
    form = form or {"password1": NEW, "password2": NEW, "usable_password": "true"}
    return root.post(f"{USERS}{user.pk}/password/", form, follow=True)


def switch(root: Client, user: User, on: bool) -> Any:
    form = {"username": user.username, "groups": [], "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    return root.post(f"{USERS}{user.pk}/change/", form | ({"is_active": "on"} if on else {}), follow=True)


def test_a_changed_password_ends_the_persons_own_tokens(bob: User, own: str) -> None:
    change_own_password(bob)
    assert opens(own) == 401


def test_tokens_of_machines_stay(bob: User, machines: str) -> None:
    change_own_password(bob)
    assert opens(machines) == 200


def test_tokens_of_others_stay(bob: User) -> None:
    other = api_token(person("eve", "routing.view_target"))
    change_own_password(bob)
    assert opens(other) == 200


def test_the_page_says_what_ended_and_what_stays(bob: User, own: str, machines: str) -> None:
    page = change_own_password(bob).content.decode()
    assert "own API tokens of bob ended with the old password. Tokens of machines stay: test." in page


def test_who_uses_it_hears_why(bob: User, own: str) -> None:
    change_own_password(bob)
    told = with_token(own).get("/api/v1/targets/").json()["detail"]
    assert told == "The API token is refused. bob changed the password."


def test_a_password_that_an_administrator_sets_ends_them(root: Client, bob: User, own: str) -> None:
    page = set_password(root, bob).content.decode()
    assert (opens(own), ApiToken.objects.get().ended_why) == (401, "ann set a new password for bob.")
    assert "ended with the old password. None is left." in page


def test_a_password_that_is_taken_away_ends_them(root: Client, bob: User, own: str) -> None:
    set_password(root, bob, usable_password="false", **{"unset-password": "1"})
    assert (User.objects.get(pk=bob.pk).has_usable_password(), opens(own)) == (False, 401)


def test_a_password_set_in_a_shell_ends_them(bob: User, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: NEW)
    call_command("changepassword", "bob", verbosity=0)
    assert (opens(own), ApiToken.objects.get().ended_why) == (401, "The password of bob was changed.")


def test_a_form_that_is_refused_ends_nothing(root: Client, bob: User, own: str) -> None:
    set_password(root, bob, password1=NEW, password2="another one", usable_password="true")
    assert opens(own) == 200


def test_a_hash_that_is_only_renewed_ends_nothing(bob: User, own: str, settings: Any) -> None:
    """A newer Django hashes the same password with more rounds at the next login."""
    bob.password = make_password(OLD)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", *settings.PASSWORD_HASHERS]
    bob.check_password(OLD)
    assert (bob.password.startswith("scrypt"), opens(own)) == (True, 200)


def test_what_ended_cannot_be_brought_back(root: Client, bob: User, own: str) -> None:
    set_password(root, bob)
    later = timezone.now() + timedelta(days=9)
    form = {"name": "again", "expires_at": f"{later:%Y-%m-%d}T00:00"}
    root.post(f"{TOKENS}{ApiToken.objects.get().pk}/change/", form)
    assert (ApiToken.objects.get().expires_at, opens(own)) == (None, 401)


def test_a_deactivated_persons_tokens_stop_at_once(root: Client, bob: User, own: str, machines: str) -> None:
    page = switch(root, bob, on=False).content.decode()
    assert (opens(own), opens(machines)) == (401, 401)
    assert "bob is deactivated. Sessions ended: 0. API tokens stopped: 2." in page


def test_who_uses_a_stopped_token_hears_why(bob: User, machines: str) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    told = with_token(machines).get("/api/v1/targets/").json()["detail"]
    assert told == "The API token is refused. Its user bob is deactivated."


def test_the_list_says_which_are_stopped(root: Client, bob: User, own: str) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    page = root.get(TOKENS).content.decode()
    assert ("Its user bob is deactivated." in page, "stopped" in page) == (True, True)


@pytest.mark.parametrize(
    ("fields", "active", "state", "reason"),
    [
        ({}, True, "valid", ""),
        ({}, False, "stopped", "Its user bob is deactivated."),
        ({"expires_at": LONG_AGO}, True, "expired", "It expired at 2020-01-01 00:00 UTC."),
        ({"ended_at": LONG_AGO, "ended_why": "Bob."}, True, "ended", "Bob."),
    ],
)  # fmt: skip
def test_the_api_says_how_each_stands(bob: User, fields: dict[str, Any], active: bool, state: str, reason: str) -> None:
    api_token(bob, **fields)
    User.objects.filter(pk=bob.pk).update(is_active=active)
    listed = superuser().get("/api/v1/api-tokens/").json()["results"]
    assert [(row["state"], row["state_reason"]) for row in listed if row["user"] == "bob"] == [(state, reason)]


def test_a_deactivated_persons_sessions_end_for_good(root: Client, bob: User) -> None:
    browser = Client()
    browser.post("/admin/login/", {"username": "bob", "password": OLD})
    page = switch(root, bob, on=False).content.decode()
    switch(root, bob, on=True)
    assert ("Sessions ended: 1." in page, browser.get("/admin/").status_code) == (True, 302)


def test_who_is_active_again_finds_tokens_that_open_again(root: Client, bob: User, own: str) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    page = switch(root, bob, on=True).content.decode()
    assert ("These API tokens open again: test." in page, opens(own)) == (True, 200)


def test_a_persons_token_cannot_make_one_for_a_machine(bob: User) -> None:
    """It would stay when the password is changed."""
    secret = api_token(person("eve", "routing.add_apitoken"))
    answer = with_token(secret).post("/api/v1/api-tokens/", {"name": "for ever", "machine": True})
    assert answer.json()["fields"].keys() == {"machine"}


def test_a_machines_token_can() -> None:
    secret = api_token(person("eve", "routing.add_apitoken"), machine=True)
    made = with_token(secret).post("/api/v1/api-tokens/", {"name": "next", "machine": True})
    assert (made.status_code, made.json()["machine"]) == (201, True)
