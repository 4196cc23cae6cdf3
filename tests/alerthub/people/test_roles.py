"""The four roles, page by page: what a role may not do is neither shown nor possible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerthub.people import roles
from alerthub.people.roles import ADMINISTRATOR, RESPONDER, ROUTE_EDITOR, VIEWER
from deliveries.models import Alert, DeadLetter, Delivery, Notification, RejectedRequest, Trouble
from routing.models import RocketChatServer, Rule, Silence, Source, Target
from tests.alerthub import everything
from tests.callers import api_token, with_token

# Who may do what does not depend on the database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

EVERY = sorted(admin.site._registry, key=lambda model: model.__name__)
NAMES = [role.name for role in roles.ROLES]
# What happened is not edited by anybody; a silence is ended and not deleted.
HAPPENED: tuple[type[Model], ...] = (Alert, DeadLetter, Delivery, Notification, RejectedRequest, Trouble)
NEVER: dict[type[Model], set[str]] = {model: {"add", "change", "delete"} for model in HAPPENED} | {Silence: {"delete"}}
# Whoever sees deliveries sees the dead ones.
SEEN_WITH: dict[type[Model], str] = {DeadLetter: "deliveries.view_delivery"}


@pytest.fixture(autouse=True)
def _rows() -> None:
    everything.make(timezone.now())


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def enter(client: Client, role: str) -> User:
    user = everything.person(role)
    client.force_login(user)
    return user


def may(user: User, verb: str, model: type[Model]) -> bool:
    if verb in NEVER.get(model, ()):
        return False
    app, name = model._meta.app_label, model._meta.model_name
    return user.has_perm(SEEN_WITH.get(model, f"{app}.{verb}_{name}"))


def address(model: type[Model], what: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_every_page_opens_for_whom_it_should(client: Client, model: type[Model], role: str) -> None:
    user = enter(client, role)
    User.objects.create_user("zed")  # somebody who is not the last administrator
    row = model._default_manager.order_by("-pk").first()
    assert row is not None, f"Make a {model.__name__} in tests/alerthub/everything.py, so that its pages are walked."
    seen = may(user, "view", model) or may(user, "change", model)
    expected = {
        address(model, "changelist"): seen,
        address(model, "add"): may(user, "add", model),
        address(model, "change", row.pk): seen,
        address(model, "delete", row.pk): may(user, "delete", model),
        address(model, "history", row.pk): seen,
    }
    opened = {page: client.get(page, follow=True).status_code for page in expected}
    assert opened == {page: 200 if wanted else 403 for page, wanted in expected.items()}


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_a_list_offers_only_what_is_allowed(client: Client, model: type[Model], role: str) -> None:
    user = enter(client, role)
    page = client.get(address(model, "changelist")).content.decode()
    offered = f'href="{address(model, "add")}' in page
    assert offered == (may(user, "add", model) and "Not allowed" not in page)


# What people do, and the permission it needs.
DEEDS = {
    "/admin/routing/target/{target}/test/": "routing.test_target",
    "/admin/routing/target/{rest}/check/": "routing.change_target",
    "/admin/routing/rocketchatserver/{server}/check/": "routing.change_rocketchatserver",
    "/admin/routing/source/{source}/new-token/": "routing.add_ingesttoken",
    "/admin/routing/silence/{silence}/extend/": "routing.change_silence",
    "/admin/routing/silence/{silence}/end/": "routing.change_silence",
    "/admin/deliveries/alert/acknowledge/": "deliveries.acknowledge_alert",
    "/admin/deliveries/alert/silence/": "routing.add_silence",
    "/admin/deliveries/alert/{alert}/acknowledge/": "deliveries.acknowledge_alert",
    "/admin/deliveries/alert/{alert}/withdraw/": "deliveries.acknowledge_alert",
    "/admin/deliveries/delivery/{delivery}/send-again/": "deliveries.change_delivery",
    "/admin/deliveries/delivery/{delivery}/give-up/": "deliveries.change_delivery",
    "/admin/deliveries/deadletter/settle/": "deliveries.change_delivery",
    "/admin/tester/": "routing.view_rule",
}


def places() -> dict[str, int]:
    return everything.places() | {
        "target": Target.objects.get(name="ops").pk,
        "rest": Target.objects.get(name="#ops").pk,
        "server": RocketChatServer.objects.get().pk,
        "source": Source.objects.get().pk,
        "silence": Silence.objects.get().pk,
    }


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_possible_for_whom_it_should_be(client: Client, deed: str, role: str) -> None:
    user = enter(client, role)
    answer = client.post(deed.format(**places()), {"lasts": "1h"})
    assert (answer.status_code == 403) == (not user.has_perm(DEEDS[deed]))


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("deed", [deed for deed in DEEDS if "{" in deed])
def test_a_deed_is_offered_to_whom_it_is_possible(client: Client, deed: str, role: str) -> None:
    user = enter(client, role)
    link = deed.format(**places())
    page = client.get(link.rsplit("/", 2)[0] + "/change/").content.decode()
    needed = user.has_perm(DEEDS[deed])
    # To withdraw there has to be something; what cannot be done now is not offered to anybody.
    offered = f'"{link}"' in page
    assert offered == needed if not link.endswith(("withdraw/", "give-up/")) else not offered or needed


ENDPOINTS = {
    "rules": "rule", "targets": "target", "servers": "rocketchatserver", "sources": "source", "silences": "silence",
    "windows": "timewindow", "severity-words": "severityalias",
}  # fmt: skip


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_the_api_allows_what_the_role_does(name: str, role: str) -> None:
    user = everything.person(role)
    api = with_token(api_token(user))
    row = api.get(f"/api/v1/{name}/").json()["results"][-1]["id"]
    codes = {
        "add": api.post(f"/api/v1/{name}/", {}).status_code,
        "change": api.patch(f"/api/v1/{name}/{row}/", {}).status_code,
        "delete": api.delete(f"/api/v1/{name}/{row}/").status_code,
    }
    refused = {verb for verb, code in codes.items() if code == 403}
    assert refused == {verb for verb in codes if not user.has_perm(f"routing.{verb}_{ENDPOINTS[name]}")}


@pytest.mark.parametrize("role", [VIEWER, RESPONDER, ROUTE_EDITOR])
def test_no_role_but_the_administrator_changes_where_messages_go(client: Client, role: str) -> None:
    enter(client, role)
    target = Target.objects.get(name="ops")
    page = client.get(address(Target, "change", target.pk)).content.decode()
    assert ('name="webhook_url"' in page, 'name="_save"' in page) == (False, False)


@pytest.mark.parametrize(
    ("role", "does"),
    [
        (VIEWER, set()),
        (RESPONDER, {"silence", "acknowledge", "send again"}),
        (ROUTE_EDITOR, {"rules", "windows", "test"}),
        (ADMINISTRATOR, {"silence", "acknowledge", "send again", "rules", "windows", "test", "users", "targets"}),
    ],
)
def test_a_role_is_what_its_name_says(role: str, does: set[str]) -> None:
    user = everything.person(role)
    needs = {
        "silence": "routing.add_silence",
        "acknowledge": "deliveries.acknowledge_alert",
        "send again": "deliveries.change_delivery",
        "rules": "routing.change_rule",
        "windows": "routing.change_timewindow",
        "test": "routing.test_target",
        "users": "auth.change_user",
        "targets": "routing.change_target",
    }
    assert {word for word, permission in needs.items() if user.has_perm(permission)} == does


def test_what_somebody_gave_a_role_is_set_back() -> None:
    group = Group.objects.get(name=VIEWER)
    group.permissions.add(Permission.objects.get(codename="delete_rule"))
    roles.lay()
    assert not group.permissions.filter(codename="delete_rule").exists()


def test_groups_of_ones_own_are_left_alone() -> None:
    group = Group.objects.get(name="operators")
    group.permissions.add(Permission.objects.get(codename="delete_rule"))
    roles.lay()
    assert group.permissions.filter(codename="delete_rule").exists()


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


def edited(user: User, **changes: Any) -> dict[str, Any]:
    groups = [group.pk for group in user.groups.all()]
    return {"username": user.username, "is_active": "on" if user.is_active else "", "groups": groups} | changes


def role(name: str) -> int:
    return Group.objects.get(name=name).pk


def test_a_person_whose_role_is_taken_may_not(administrator: Client) -> None:
    user = everything.person(VIEWER)
    administrator.post(address(User, "change", user.pk), edited(user, groups=[]))
    assert not User.objects.get(pk=user.pk).is_staff


@pytest.mark.parametrize("is_active", ["on", ""])
def test_the_last_administrator_stays_one(administrator: Client, is_active: str) -> None:
    ann = User.objects.get(username="ann")
    form = edited(ann, is_active=is_active, groups=[] if is_active else [role(ADMINISTRATOR)])
    page = administrator.post(address(User, "change", ann.pk), form).content.decode()
    assert "the last person who may do everything" in page


def test_somebody_who_cannot_log_in_is_no_other_administrator(administrator: Client) -> None:
    User.objects.create_user("bot", is_superuser=True)
    ann = User.objects.get(username="ann")
    assert administrator.post(address(User, "delete", ann.pk), {"post": "yes"}).status_code == 403


def test_one_of_two_administrators_may_go(administrator: Client) -> None:
    everything.person(ADMINISTRATOR)
    ann = User.objects.get(username="ann")
    administrator.post(address(User, "change", ann.pk), {"username": "ann", "is_active": "on"})
    assert not User.objects.get(username="ann").is_superuser


def test_the_last_administrator_cannot_be_deleted(administrator: Client) -> None:
    ann = User.objects.get(username="ann")
    assert administrator.post(address(User, "delete", ann.pk), {"post": "yes"}).status_code == 403


def test_nor_as_one_of_many(administrator: Client) -> None:
    form = {"action": "delete_selected", "_selected_action": [User.objects.get(username="ann").pk], "post": "yes"}
    administrator.post(address(User, "changelist"), form)
    assert User.objects.filter(username="ann").exists()


def test_who_is_refused_reads_whom_to_ask(client: Client) -> None:
    enter(client, VIEWER)
    page = client.get(address(Rule, "add")).content.decode()
    assert "Ask an administrator of AlertHub" in page


def test_an_address_that_is_wrong_says_so(administrator: Client) -> None:
    answer = administrator.get("/admin/nothing/here/")
    assert (answer.status_code, "There is nothing here" in answer.content.decode()) == (404, True)
