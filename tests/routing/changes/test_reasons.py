"""Why something is changed: asked in the bar that saves, kept in the history, needed where a setting says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from routing.models import Rule, SeverityAlias, Source
from tests.callers import person, superuser
from tests.factories import make_rule, make_server, make_silence, make_source, make_target, make_template, make_window
from tests.routing.changes.pages import form_of, page

pytestmark = pytest.mark.django_db

FORMS: dict[str, Callable[[], Any]] = {
    "rule": make_rule,
    "target": make_target,
    "rocketchatserver": make_server,
    "source": make_source,
    "timewindow": lambda: make_window(times="22:00-24:00"),
    "template": make_template,
    "severityalias": lambda: SeverityAlias.objects.create(word="kritisch", severity="critical"),
    "silence": lambda: make_silence("a=b", timezone.now()),
}


@pytest.fixture
def _needed(settings: Any) -> None:
    settings.REASON_REQUIRED = True


needed = pytest.mark.usefixtures("_needed")


def bar(browser: Client, address: str) -> str:
    return browser.get(address).content.decode().split('class="ah-saving"')[1]


def reason_of(rule: Rule) -> str:
    return str(Rule.history.filter(id=rule.pk).order_by("-history_id")[0].history_change_reason)


@pytest.mark.parametrize("kind", FORMS)
def test_the_bar_of_every_form_asks_why(browser: Client, kind: str) -> None:
    assert 'name="reason"' in bar(browser, page(FORMS[kind](), "change"))


def test_no_form_asks_twice(browser: Client, rule: Rule) -> None:
    assert browser.get(page(rule, "change")).content.decode().count('name="reason"') == 1


def test_a_new_silence_says_why_in_its_comment(browser: Client) -> None:
    assert 'name="reason"' not in browser.get(reverse("admin:routing_silence_add")).content.decode()


def test_who_may_only_look_is_not_asked(client: Client, rule: Rule) -> None:
    client.force_login(person("bob", "routing.view_rule", is_staff=True))
    assert 'name="reason"' not in client.get(page(rule, "change")).content.decode()


@pytest.mark.parametrize("kind", FORMS)
def test_save_stands_before_delete(browser: Client, kind: str) -> None:
    shown = bar(browser, page(FORMS[kind](), "change"))
    assert shown.index('name="_save"') < shown.index('name="_continue"')
    assert kind == "silence" or shown.index('name="_save"') < shown.index("Delete ")


def test_a_change_may_do_without_a_reason(browser: Client, rule: Rule) -> None:
    browser.post(page(rule, "change"), form_of(rule, name="Shop", reason=" "))
    assert (Rule.objects.filter(name="Shop").exists(), reason_of(rule)) == (True, "")


def test_the_history_says_that_no_reason_was_given(browser: Client, rule: Rule) -> None:
    browser.post(page(rule, "change"), form_of(rule, name="Shop", reason=""))
    assert "No reason was given." in browser.get(page(rule, "history")).content.decode()


def test_a_reason_with_markup_is_escaped(browser: Client, rule: Rule) -> None:
    answer = browser.post(page(rule, "change"), form_of(rule, name="", reason='"><script>alert(1)</script>'))
    assert "<script>alert(1)" not in answer.content.decode()


def test_a_rule_is_deleted_without_a_reason(browser: Client, rule: Rule) -> None:
    browser.post(page(rule, "delete"), {"post": "yes"})
    assert not Rule.objects.filter(pk=rule.pk).exists()


@needed
def test_a_needed_reason_is_asked_for_beside_it(browser: Client, rule: Rule) -> None:
    answer = browser.post(page(rule, "change"), form_of(rule, name="Shop", reason=" "))
    assert "Say in a few words why" in answer.content.decode().split('class="ah-saving"')[1]
    assert not Rule.objects.filter(name="Shop").exists()


@needed
def test_what_is_new_may_do_without(browser: Client) -> None:
    form = {"name": "New", "position": 5, "enabled": "on", "targets": [make_target().pk]}
    browser.post(reverse("admin:routing_rule_add"), form)
    assert Rule.objects.filter(name="New").exists()


@needed
def test_deleting_needs_it(browser: Client, rule: Rule) -> None:
    browser.post(page(rule, "delete"), {"post": "yes", "reason": " "})
    assert Rule.objects.filter(pk=rule.pk).exists()


@needed
def test_deleting_several_needs_it(browser: Client, rule: Rule) -> None:
    form: dict[str, Any] = {"action": "delete_selected", "_selected_action": [rule.pk], "post": "yes"}
    browser.post(reverse("admin:routing_rule_changelist"), form)
    assert Rule.objects.filter(pk=rule.pk).exists()


@needed
@pytest.mark.parametrize("kind", sorted(FORMS.keys() - {"silence"}))
def test_every_page_that_deletes_asks_for_it(browser: Client, kind: str) -> None:
    row = FORMS[kind]()
    chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
    lists = browser.post(reverse(f"admin:routing_{kind}_changelist"), chosen)
    for answer in (browser.get(page(row, "delete")), lists):
        assert 'required autocomplete="off"' in answer.content.decode()


@needed
def test_restoring_needs_it(browser: Client, rule: Rule) -> None:
    first = rule.history.get()
    browser.post(page(rule, "change"), form_of(rule, name="Shop"))
    browser.post(page(rule, "restore", first.history_id), {"reason": "", "seen": ""})
    assert Rule.objects.get(pk=rule.pk).name == "Shop"


@needed
def test_nothing_is_edited_in_a_list_which_asks_for_none(browser: Client) -> None:
    word = SeverityAlias.objects.create(word="kritisch", severity="critical")
    assert (
        f'value="{word.severity}"'
        not in browser.get(reverse("admin:routing_severityalias_changelist"), {"q": "krit"}).content.decode()
    )


@needed
@pytest.mark.parametrize(("what", "form"), [("end", {}), ("extend", {"lasts": "4h"})])
def test_a_silence_is_not_ended_or_extended_without_it(browser: Client, what: str, form: dict[str, str]) -> None:
    silence = make_silence("a=b", timezone.now())
    answer = browser.post(f"/admin/routing/silence/{silence.pk}/{what}/", form)
    ends_at = silence.ends_at
    silence.refresh_from_db()
    assert (silence.ends_at, "Say in a few words why" in answer.content.decode()) == (ends_at, True)


def test_the_reason_of_ending_a_silence_is_kept(browser: Client) -> None:
    silence = make_silence("a=b", timezone.now())
    browser.post(f"/admin/routing/silence/{silence.pk}/end/", {"reason": "the disks are in"})
    assert silence.history.order_by("-history_id")[0].history_change_reason == "the disks are in"


@needed
@pytest.mark.parametrize("method", ["patch", "delete"])
@pytest.mark.parametrize("body", [{}, {"reason": " "}])
def test_the_api_refuses_a_change_without_it(method: str, body: dict[str, str]) -> None:
    source = make_source()
    answer = getattr(superuser(), method)(f"/api/v1/sources/{source.pk}/", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["reason"])
    assert Source.objects.filter(pk=source.pk).exists()


@needed
def test_the_api_makes_without_it_and_changes_with_it() -> None:
    api = superuser()
    made = api.post("/api/v1/sources/", {"name": "eu"}).json()
    assert api.patch(f"/api/v1/sources/{made['id']}/", {"enabled": False, "reason": "moved"}).status_code == 200


def test_the_api_changes_without_it_otherwise() -> None:
    source = make_source()
    assert superuser().patch(f"/api/v1/sources/{source.pk}/", {"enabled": False}).status_code == 200
