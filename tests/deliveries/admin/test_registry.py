"""Every page of the admin opens, and those of what happened refuse every change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from deliveries.models import Alert, Attempt, DeadLetter, Delivery, Notification, RejectedRequest, Trouble
from routing.models import ApiToken, SeverityAlias
from tests.factories import accept, alert, make_rule, make_source, make_target, payload

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

HISTORY = [Alert, DeadLetter, Delivery, Notification, RejectedRequest, Trouble]
EVERY = sorted(admin.site._registry, key=lambda model: model.__name__)


@pytest.fixture(autouse=True)
def _one_of_each(now: datetime) -> None:
    source = make_source()
    source.new_token("am-1")
    make_rule("Web", [make_target()])
    accept(source, payload(alert()), now)
    accept(source, payload(alert()), now)
    accept(source, payload(alert("Old"), group="old"), now)
    Delivery.objects.filter(title="Old").update(state="expired", reason="too_late", ended_at=now)
    RejectedRequest.objects.create(first_at=now, last_at=now, status_code=400, reason="not_json", message="No JSON.")
    Trouble.objects.create(kind="target", subject="ops", since=now)
    user = User.objects.create_superuser("ann", "", "x")
    Group.objects.create(name="operators")
    ApiToken.objects.create(user=user, name="script", digest="1")
    SeverityAlias.objects.get_or_create(word="crit", severity="critical")


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(User.objects.get(username="ann"))
    return client


def address(model: type[Model], what: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def pages(model: type[Model]) -> Iterator[str]:
    yield address(model, "changelist")
    if model not in HISTORY:
        yield address(model, "add")
    for row in model._default_manager.all():
        yield address(model, "change", row.pk)


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_every_page_opens(browser: Client, model: type[Model]) -> None:
    answers = {page: browser.get(page, follow=True).status_code for page in pages(model)}
    assert len(answers) >= 2
    assert set(answers.values()) == {200}


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_history_can_be_neither_added_nor_changed_nor_deleted(browser: Client, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    asked = [address(model, "add"), address(model, "change", row.pk), address(model, "delete", row.pk)]
    assert [browser.post(page, {"post": "yes"}).status_code for page in asked] == [403, 403, 403]


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_history_is_not_deleted_from_a_list(browser: Client, model: type[Model]) -> None:
    before = model._default_manager.count()
    chosen = list(model._default_manager.values_list("pk", flat=True))
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    browser.post(address(model, "changelist"), form)
    assert model._default_manager.count() == before


def test_attempts_have_no_pages_of_their_own() -> None:
    assert Attempt not in admin.site._registry


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_history_is_closed_to_people_without_the_permission(client: Client, model: type[Model]) -> None:
    client.force_login(User.objects.create_user("bob", is_staff=True))
    assert client.get(address(model, "changelist")).status_code == 403


def test_the_login_leads_to_the_first_page(client: Client) -> None:
    answer = client.post("/admin/login/", {"username": "ann", "password": "x"})
    assert answer["Location"] == "/admin/"
