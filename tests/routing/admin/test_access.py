"""API tokens: for oneself, or for others if one is a superuser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from routing.models import ApiToken

pytestmark = pytest.mark.django_db

ADD = "/admin/routing/apitoken/add/"
LIST = "/admin/routing/apitoken/"


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", "", "x")


@pytest.fixture
def bob() -> User:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__endswith="_apitoken"))
    return bob


def test_a_new_token_acts_for_the_chosen_user_and_is_shown_once(client: Client, root: User, bob: User) -> None:
    client.force_login(root)
    answer = client.post(ADD, {"name": "script", "user": bob.pk})
    assert ApiToken.valid(answer.context["secret"], timezone.now()).get().user == bob
    assert "no-store" in answer["Cache-Control"]


def test_others_make_tokens_for_themselves_only(client: Client, root: User, bob: User) -> None:
    client.force_login(bob)
    client.post(ADD, {"name": "script", "user": root.pk})
    assert ApiToken.objects.get().user == bob


def test_others_do_not_see_the_tokens_of_a_superuser(client: Client, root: User, bob: User) -> None:
    ApiToken.objects.create(user=root, name="of root", digest="1")
    client.force_login(bob)
    assert b"of root" not in client.get(LIST).content


def test_a_token_is_not_shown_again(client: Client, root: User) -> None:
    client.force_login(root)
    secret = client.post(ADD, {"name": "script", "user": root.pk}).context["secret"]
    page = client.get(f"{LIST}{ApiToken.objects.get().pk}/change/").content.decode()
    assert (secret in page, f"…{secret[-4:]}" in page) == (False, True)


def test_a_token_is_ended_at_once_from_the_list(client: Client, root: User) -> None:
    client.force_login(root)
    secret = client.post(ADD, {"name": "script", "user": root.pk}).context["secret"]
    client.post(LIST, {"action": "expire_now", "_selected_action": [ApiToken.objects.get().pk]})
    assert not ApiToken.valid(secret, timezone.now()).exists()
