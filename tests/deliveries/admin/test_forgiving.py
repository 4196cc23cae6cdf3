"""Addresses and forms made by hand are answered with a message and the clean list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.factories import make_rule, make_source, make_target, owed

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

OURS = sorted(admin.site._registry, key=lambda model: model.__name__)
LIST = "/admin/deliveries/delivery/"


@pytest.fixture
def browser(client: Client, now: datetime) -> Client:
    make_rule(targets=[make_target()])
    owed(make_source(), now)
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


@pytest.mark.parametrize("asked", [{"id__in": str(10**30)}, {"id__in": "x"}, {"id": "x"}, {"no_such_field": "1"}])
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_an_odd_address_leads_to_the_clean_list(browser: Client, model: type[Model], asked: dict[str, str]) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    answer = browser.get(address, asked)
    # PostgreSQL compares numbers of any size, and finds nothing.
    assert answer.status_code == 200 or answer["Location"].partition("?")[0] == address


@pytest.mark.parametrize(
    "asked",
    [
        {"created_at__year": "0"},
        {"created_at__year": str(10**30)},
        {"target__id__exact": str(10**30)},
        {"target__id__exact": "x"},
        {"carried_by__id__exact": "x"},
        {"notification__source__id__exact": "\0"},
        {"state__exact": "\0"},
        {"reason": "\0"},
        {"p": str(10**30)},
        {"o": "99.-99.x"},
        {"all": "x", "_facets": "x"},
        {"last": "x"},
        {"created_at_from_0": "0000-00-00"},
        {"q": "\0"},
    ],
    ids=str,
)
@pytest.mark.parametrize("model", ["delivery", "deadletter"])
def test_no_odd_filter_is_an_error_page(browser: Client, model: str, asked: dict[str, str]) -> None:
    assert browser.get(f"/admin/deliveries/{model}/", asked).status_code in (200, 302, 400)


@pytest.mark.parametrize("chosen", ["x", str(10**30), "", "-1", "1\0"])
@pytest.mark.parametrize("model", ["delivery", "deadletter"])
def test_an_odd_selection_is_answered_with_a_message(browser: Client, model: str, chosen: str) -> None:
    form: dict[str, Any] = {"action": "send_again", "_selected_action": [chosen]}
    answer = browser.post(f"/admin/deliveries/{model}/", form, follow=True)
    assert "could not be read" in answer.content.decode()


def test_an_action_that_does_not_exist_is_answered_with_a_message(browser: Client) -> None:
    answer = browser.post(LIST, {"action": "no_such", "_selected_action": ["1"]}, follow=True)
    assert "No action selected." in answer.content.decode()


def test_an_odd_index_of_the_action_is_no_error_page(browser: Client) -> None:
    form = {"action": "send_again", "_selected_action": ["1"], "index": "9" * 30}
    assert browser.post(LIST, form).status_code in (200, 302)


@pytest.mark.parametrize("number", ["0", "x", str(10**30), "-1"])
@pytest.mark.parametrize("what", ["change", "send-again", "give-up"])
def test_a_page_of_no_row_is_no_error_page(browser: Client, number: str, what: str) -> None:
    assert browser.get(f"{LIST}{number}/{what}/").status_code in (302, 403, 404)
