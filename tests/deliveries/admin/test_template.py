"""Editing templates: beside the text stand what the room sees and what can be used."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from deliveries import rendering
from routing.models import Template
from tests.factories import make_source, make_template, owed

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

ADD = "/admin/routing/template/add/"
PREVIEW = "/admin/routing/template/preview/"
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].errors)


def inserted(page: str) -> list[str]:
    found = re.findall(r'data-insert="([^"]*)"', page)
    return [text.replace("&quot;", '"') for text in found]


def test_every_word_to_press_can_be_said(browser: Client) -> None:
    words = inserted(browser.get(ADD).content.decode())
    assert len(words) > 20
    whole = [f"{{{{ severity{word} }}}}" if word.startswith("|") else word for word in words]
    assert rendering.faults("", "{% set alert = alerts[0] %}" + "".join(whole)) == {}


def test_the_words_to_press_are_there_to_read_without_a_script(browser: Client) -> None:
    assert ">alert.annotations.summary</button>" in browser.get(ADD).content.decode()


def test_the_preview_tells_of_the_newest_notification(browser: Client, now: datetime) -> None:
    owed(make_source(), now)
    answer = browser.post(PREVIEW, {"headline": "{{ alerts[0].name }} burns", "card": ""}, headers=FETCH)
    assert "DiskFull burns" in answer.content.decode()


def test_a_template_for_alertmanager_is_not_saved_and_says_what_to_write(browser: Client) -> None:
    answer = browser.post(ADD, {"name": "pasted", "headline": "{{ .CommonLabels.alertname }}", "card": ""})
    [told] = errors(answer)["headline"]
    assert told.splitlines()[1] == "for {{ .CommonLabels.alertname }} write {{ labels.alertname }}"
    assert not Template.objects.exists()


def test_the_preview_says_so_too_and_escapes_what_was_pasted(browser: Client) -> None:
    pasted = "{{ range .Alerts }}<b>{{ .Labels.x<script> }}{{ end }}"
    page = browser.post(PREVIEW, {"headline": "", "card": pasted}, headers=FETCH).content.decode()
    assert escape("for {{ range .Alerts }} write {% for alert in alerts %}") in page
    assert "<script>" not in page


def test_the_mistake_is_said_at_the_top_with_its_field(browser: Client) -> None:
    answer = browser.post(ADD, {"name": "broken", "headline": "{{ 1 / 0 }}", "card": ""})
    assert [one.anchor for one in answer.context["wrong"]] == ["id_headline"]


def test_who_may_only_look_has_nothing_to_press(client: Client) -> None:
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_template"))
    client.force_login(user)
    page = client.get(f"/admin/routing/template/{make_template().pk}/change/").content.decode()
    assert ("data-insert" in page, "{{ alerts[0].name }}" in page) == (False, True)
