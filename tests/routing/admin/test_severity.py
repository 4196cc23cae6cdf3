"""Editing severity words."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
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


def by_severity(browser: Client) -> dict[str, list[str]]:
    return {one.name: [row.word for row in one.words] for one in browser.get(LIST).context["severities"]}


def test_words_stand_by_what_they_mean_the_worst_first(browser: Client) -> None:
    for word, severity in (("sos", "page"), ("warn", "warning"), ("alarm", "critical")):
        SeverityAlias.objects.create(word=word, severity=severity)
    found = by_severity(browser)
    assert list(found.items()) == [
        ("critical", ["alarm", "crit"]), ("warning", ["warn"]), ("info", []), ("page", ["sos"]),
    ]  # fmt: skip


def test_a_word_is_added_on_the_page_and_remembered(browser: Client) -> None:
    answer = browser.post(f"{LIST}word/", {"word": " Pager ", "severity": "critical"}, follow=True)
    assert '"pager" means critical from now on.' in answer.content.decode()
    made = SeverityAlias.objects.get(word="pager")
    assert (made.severity, made.history.get().history_user.username) == ("critical", "ann")


@pytest.mark.parametrize(
    ("word", "severity", "sentence"),
    [
        ("CRIT", "warning", "already exists"),
        ("p0", "crit", "write critical"),
        ("", "critical", "required"),
        ("a\x00b", "critical", "ull characters"),
        ("x" * 51, "critical", "at most 50"),
    ],
)
def test_a_word_that_cannot_be_added_says_why(browser: Client, word: str, severity: str, sentence: str) -> None:
    answer = browser.post(f"{LIST}word/", {"word": word, "severity": severity}, follow=True)
    assert sentence in answer.content.decode()
    assert SeverityAlias.objects.count() == 1


def test_asking_for_the_address_adds_nothing(browser: Client) -> None:
    browser.get(f"{LIST}word/?word=pager&severity=critical")
    assert SeverityAlias.objects.count() == 1


def test_who_may_only_look_finds_nothing_to_press(client: Client) -> None:
    SeverityAlias.objects.create(word="<b>sos", severity="page")
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_severityalias"))
    client.force_login(user)
    page = client.get(LIST).content.decode()
    assert ("&lt;b&gt;sos" in page, "<b>sos" in page) == (True, False)
    assert ('name="word"' in page, "/delete/" in page) == (False, False)
    assert client.post(f"{LIST}word/", {"word": "pager", "severity": "critical"}).status_code == 403


def test_the_list_is_still_there(browser: Client) -> None:
    answer = browser.get(LIST, {"q": ""})
    assert (answer.context["severities"], "action-select" in answer.content.decode()) == (None, True)


def test_severities_of_a_rule_are_buttons(browser: Client) -> None:
    page = browser.get("/admin/routing/rule/add/").content.decode()
    assert '<label class="ah-chip ah-severity-critical"><input type="checkbox" name="severities"' in page
