"""Editing severity words."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from routing.models import SeverityAlias

pytestmark = pytest.mark.django_db

LIST = "/admin/routing/severityalias/"


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    SeverityAlias.objects.all().delete()
    SeverityAlias.objects.create(word="crit", severity="critical")
    return client


def test_a_word_that_differs_in_case_only_is_refused(browser: Client) -> None:
    answer = browser.post(f"{LIST}add/", {"word": " CRIT ", "severity": "warning"})
    assert "word" in answer.context["adminform"].errors


def test_a_word_cannot_stand_for_another_word(browser: Client) -> None:
    answer = browser.post(f"{LIST}add/", {"word": "p0", "severity": "crit"})
    assert "write critical" in answer.context["adminform"].errors["severity"][0]


def test_what_a_word_means_is_changed_in_the_list(browser: Client) -> None:
    word = SeverityAlias.objects.get()
    browser.post(LIST, {
        "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": word.pk, "form-0-severity": "Warning",
        "_save": "Save",
    })  # fmt: skip
    assert SeverityAlias.objects.get().severity == "warning"


def test_words_are_found_by_search(browser: Client) -> None:
    SeverityAlias.objects.create(word="ticket", severity="warning")
    found = browser.get(LIST, {"q": "tick"}).context["cl"].queryset
    assert [one.word for one in found] == ["ticket"]
