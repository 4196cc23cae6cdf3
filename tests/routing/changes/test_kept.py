"""The list of every change, what it is narrowed by, and that no secret ever comes into any history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from routing.changes import past
from routing.models import Rule, Silence, Source, Target, TimeWindow
from tests.callers import superuser
from tests.factories import HOOK_URL, make_rest_target, make_rule, make_server, make_source, make_target

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

CHANGES = "/admin/changes/"
OTHER_URL = "https://other.example/hooks/abcdef0123/4notherT0kenN0body5ees"
OTHER_TOKEN = "4notherAccessT0kenN0body5ees"


def named(browser: Client, **asked: str) -> list[str]:
    return [line.name for _, line in browser.get(CHANGES, asked).context["lines"]]


def test_changes_of_all_kinds_stand_in_one_list_newest_first(browser: Client) -> None:
    make_source("prod")
    make_target("ops")
    make_rule("Web")
    assert named(browser)[:3] == ["Web", "ops", "prod"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"model": "source"}, ["prod", "prod"]),
        ({"kind": "-"}, ["prod"]),
        ({"by": "bob"}, ["Web"]),
        ({"day": "1999-01-01"}, []),
        ({"model": "target", "kind": "~"}, []),
    ],
    ids=str,
)
def test_the_list_is_narrowed(browser: Client, asked: dict[str, str], expected: list[str]) -> None:
    make_source("prod").delete()
    rule = {"name": "Web", "enabled": False}
    superuser("bob").post("/api/v1/rules/", rule, format="json")
    assert named(browser, **asked) == expected


@pytest.mark.parametrize(
    "asked",
    [{"day": "0001-01-01"}, {"day": "9999-12-31"}, {"day": "x"}, {"model": "user"}, {"kind": "\0"}, {"by": "\0"},
     {"p": "9" * 40}, {"p": "-1"}],
    ids=str,
)  # fmt: skip
def test_an_odd_address_is_answered_with_a_list(browser: Client, asked: dict[str, str]) -> None:
    assert browser.get(CHANGES, asked).status_code == 200


def test_people_see_changes_of_what_they_may_see(client: Client) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_rule"))
    client.force_login(bob)
    make_source("prod")
    make_rule("Web")
    assert {kind for kind, _ in client.get(CHANGES).context["lines"]} == {"rule"}


def test_the_list_is_closed_to_people_without_any_permission(client: Client) -> None:
    client.force_login(User.objects.create_user("bob", is_staff=True))
    assert client.get(CHANGES).status_code == 403


def test_more_changes_cost_no_more_statements(browser: Client) -> None:
    make_rule("Web", [make_target()])
    browser.get(CHANGES)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(CHANGES)
    for number in range(30):
        make_rule(f"Web {number}")
    with CaptureQueriesContext(connection) as many:
        answer = browser.get(CHANGES)
    assert (len(answer.context["lines"]), len(many) <= len(few)) == (25, True)


def rows_of_histories() -> Iterator[str]:
    for model in past.kept_models():
        for record in model.history.all():
            yield repr({field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields})


def pages_of_histories(browser: Client, token_caller: Any) -> Iterator[str]:
    yield browser.get(CHANGES).content.decode()
    for model in past.kept_models():
        name = model._meta.model_name
        if model is not Silence:
            yield browser.get(reverse(f"admin:routing_{name}_deleted")).content.decode()
        for record in model.history.all():
            yield browser.get(reverse(f"admin:routing_{name}_history", args=[record.id])).content.decode()
            address = reverse(f"admin:routing_{name}_restore", args=[record.id, record.history_id])
            yield browser.get(address).content.decode()
            yield browser.post(address, {"secret": OTHER_URL}).content.decode()
    for kind, model in (("rules", Rule), ("targets", Target), ("sources", Source), ("windows", TimeWindow)):
        for number in set(model.history.values_list("id", flat=True)):
            yield token_caller.get(f"/api/v1/{kind}/{number}/history/").content.decode()


def test_no_secret_is_in_any_history(browser: Client) -> None:
    source, server, target = make_source(), make_server(), make_target()
    ingest_token = source.new_token("am")
    make_rule("Web", [target, make_rest_target(server)])
    form = {"name": "dba", "webhook_url": OTHER_URL, "reason": "moved"}
    caller = superuser("bob")
    caller.patch(f"/api/v1/targets/{target.pk}/", form, format="json")
    caller.patch(f"/api/v1/servers/{server.pk}/", {"access_token": OTHER_TOKEN}, format="json")
    caller.delete(f"/api/v1/sources/{source.pk}/")
    sealed = [Target.objects.get(pk=target.pk).webhook_sealed, type(server).objects.get(pk=server.pk).token_sealed]
    make_rule("Rest", [make_target("late")]).delete()
    Target.objects.get(name="late").delete()
    secrets = [HOOK_URL, OTHER_URL, OTHER_TOKEN, ingest_token, "s3cr3tAccessT0kenThatNobodyMaySee", *sealed]
    secrets += [HOOK_URL.rpartition("/")[2], OTHER_URL.rpartition("/")[2], "65f0c0ffee", "abcdef0123"]
    text = "\n".join([*rows_of_histories(), *pages_of_histories(browser, caller)])
    assert [secret for secret in secrets if secret in text] == []
