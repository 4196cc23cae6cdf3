"""The pages of routing for people who may look and change nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from routing.models import Rule, Target
from tests.factories import make_rule, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def onlooker(client: Client) -> Client:
    person = User.objects.create_user("bob", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(person)
    return client


@pytest.fixture
def changer(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


def shown(browser: Client, row: Rule | Target) -> str:
    return browser.get(reverse(f"admin:routing_{row._meta.model_name}_change", args=[row.pk])).content.decode()


@pytest.mark.parametrize("invitation", ["x-sort:item", "Drag a rule", "Move to top"])
@pytest.mark.parametrize(("who", "offered"), [("onlooker", False), ("changer", True)])
def test_only_who_may_order_rules_is_offered_it(
    request: pytest.FixtureRequest, who: str, offered: bool, invitation: str
) -> None:
    make_rule("Web", [make_target()], position=10)
    make_rule("Db", [make_target("db")], position=20)
    page = request.getfixturevalue(who).get("/admin/routing/rule/").content.decode()
    assert (invitation in page) is offered


def test_the_severities_of_a_rule_are_shown_as_in_the_list(onlooker: Client) -> None:
    page = shown(onlooker, make_rule("Web", [make_target()], severities=["critical"]))
    assert 'ah-red ah-critical" title="">critical</span>' in page


def test_the_address_of_a_target_is_shown_as_its_mask(onlooker: Client) -> None:
    target = make_target()
    assert target.masked_url in shown(onlooker, target)
