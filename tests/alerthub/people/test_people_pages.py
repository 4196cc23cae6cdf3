"""The pages of people: a role says what somebody may do, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from alerthub.people.roles import ADMINISTRATOR, ROLES, VIEWER
from routing.models import ApiToken
from tests.alerthub import everything

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

ADD = "/admin/auth/user/add/"
LIST = "/admin/auth/user/"
SECRET = "long enough 4 a person"


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", SECRET))
    return client


def role(name: str) -> int:
    return Group.objects.get(name=name).pk


def page(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def new(**fields: Any) -> dict[str, Any]:
    form = {"username": "eve", "usable_password": "true", "password1": SECRET, "password2": SECRET}
    return form | {"groups": [role(VIEWER)]} | fields


def test_a_person_with_a_role_may_log_in(administrator: Client) -> None:
    administrator.post(ADD, new())
    eve = User.objects.get(username="eve")
    assert (eve.is_staff, eve.is_superuser) == (True, False)


def test_nobody_is_made_without_a_role(administrator: Client) -> None:
    answer = administrator.post(ADD, new(groups=[]))
    assert "says what they may do" in answer.context["adminform"].errors["groups"][0]
    assert not User.objects.filter(username="eve").exists()


def test_who_is_given_the_role_administrator_may_do_everything(administrator: Client) -> None:
    """Also what no permission says: see the API tokens of others."""
    administrator.post(ADD, new(groups=[role(ADMINISTRATOR)]))
    assert User.objects.get(username="eve").is_superuser
    ApiToken.objects.create(user=User.objects.get(username="ann"), name="of ann", digest="x")
    client = Client()
    client.force_login(User.objects.get(username="eve"))
    assert "of ann" in client.get("/admin/routing/apitoken/").content.decode()


def test_with_the_role_all_of_it_goes(administrator: Client) -> None:
    bob = User.objects.create_superuser("bob", "", "x")
    administrator.post(page(bob), {"username": "bob", "is_active": "on", "groups": [role(VIEWER)]})
    bob.refresh_from_db()
    assert (bob.is_superuser, bob.is_staff) == (False, True)


def test_somebody_from_the_command_line_is_shown_as_an_administrator(administrator: Client) -> None:
    ann = User.objects.get(username="ann")
    chosen = administrator.get(page(ann)).context["adminform"].form["groups"].value()
    listed = administrator.get(LIST).context["cl"]
    assert (chosen, listed.model_admin.role(ann)) == ([role(ADMINISTRATOR)], ADMINISTRATOR)


def test_saving_somebody_from_the_command_line_leaves_them_what_they_are(administrator: Client) -> None:
    ann = User.objects.get(username="ann")
    form = {"username": "ann", "is_active": "on", "groups": [role(ADMINISTRATOR)], "first_name": "Ann"}
    administrator.post(page(ann), form)
    ann.refresh_from_db()
    assert (ann.first_name, ann.is_superuser, ann.is_staff) == ("Ann", True, True)


@pytest.mark.parametrize("address", [ADD, "change"])
def test_no_switch_stands_beside_the_role(administrator: Client, address: str) -> None:
    ann = User.objects.get(username="ann")
    shown = administrator.get(page(ann) if address == "change" else address).content.decode()
    assert ('name="is_superuser"' in shown, 'name="user_permissions"' in shown) == (False, False)


def test_a_switch_that_is_sent_all_the_same_gives_nothing(administrator: Client) -> None:
    administrator.post(ADD, new(is_superuser="on", is_staff="on"))
    assert not User.objects.get(username="eve").is_superuser


def test_the_page_says_what_each_role_may_do_from_least_to_most(administrator: Client) -> None:
    shown = administrator.get(ADD).content.decode()
    places = [shown.index(f"{one.name}: {one.sentence}") for one in ROLES]
    assert places == sorted(places)


def test_the_page_shows_nothing_of_the_password(administrator: Client) -> None:
    ann = User.objects.get(username="ann")
    shown = administrator.get(page(ann)).content.decode()
    kept = ann.password.split("$")
    assert not [part for part in kept if len(part) > 5 and part[:6] in shown]
    assert reverse("admin:auth_user_password_change", args=[ann.pk]) in shown


def test_who_has_no_password_is_said_to_have_none(administrator: Client) -> None:
    eve = User.objects.create_user("eve")
    assert "Set a password" in administrator.get(page(eve)).content.decode()


def test_groups_have_no_page(administrator: Client) -> None:
    assert administrator.get("/admin/auth/group/").status_code == 404
    assert "/admin/auth/group/" not in administrator.get(LIST).content.decode()


def test_a_group_of_ones_own_that_is_there_can_still_be_given(administrator: Client) -> None:
    group = Group.objects.create(name="night watch")
    administrator.post(ADD, new(groups=[group.pk]))
    assert User.objects.get(username="eve").is_staff


def test_people_are_found_by_their_role(administrator: Client) -> None:
    everything.person(VIEWER)
    found = administrator.get(LIST, {"groups__id__exact": role(VIEWER)}).context["cl"].queryset
    assert [one.username for one in found] == ["viewer"]
