"""Pages call one thing by one plain word: no word that only AlertHub's own code, or a book about it, uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.alerthub import everything

# What is on a page does not depend on the database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

NOT_PLAIN = re.compile(r"\b(circuits?|tellings?|dead letters?|attention|states?)\b", re.IGNORECASE)
"""Instead: takes no messages, times, undelivered, warning or what is wrong, status."""
MODELS = (
    "ApiToken", "DeadLetter", "Delivery", "Notification", "RejectedRequest", "RocketChatServer",
    "SeverityAlias", "Silence", "Source", "Template", "TimeWindow", "Trouble", "User",
)  # fmt: skip
OTHERS = (
    "/admin/why/", "/admin/why/?q=DiskFull", "/admin/why/?q=NothingOfTheKind", "/admin/find/?q=", "/admin/changes/",
    "/admin/tester/", "/admin/deliveries/deadletter/?as=list", "/admin/deliveries/deadletter/?state=held",
    "/admin/routing/source/deleted/", "/admin/password_change/",
)  # fmt: skip
_HIDDEN = ("script", "style", "template")
_SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-label")


class Words(HTMLParser):
    """What a person reads or hears of a page: its text, and the attributes that are shown or spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._within = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._within += tag in _HIDDEN
        self.parts += [value for name, value in attributes if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._within -= tag in _HIDDEN

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.parts.append(data)


def not_plain(page: str) -> set[str]:
    reader = Words()
    reader.feed(page)
    return {word.lower() for part in reader.parts for word in NOT_PLAIN.findall(part)}


@pytest.fixture
def ann(client: Client) -> Client:
    everything.make(timezone.now())
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


def pages() -> Iterator[str]:
    yield from OTHERS
    for model in admin.site._registry:
        if model.__name__ not in MODELS:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        rows = list(model._default_manager.all()[:3])
        yield reverse(f"{name}_changelist")
        yield from (reverse(f"{name}_{what}", args=[row.pk]) for row in rows for what in ("change", "history"))
        if model._meta.app_label != "deliveries":
            yield reverse(f"{name}_add")
            yield from (reverse(f"{name}_delete", args=[row.pk]) for row in rows)


def test_no_page_uses_a_word_that_is_not_plain(ann: Client) -> None:
    answers = {page: ann.get(page, follow=True) for page in pages()}
    found = {page: not_plain(answer.content.decode()) for page, answer in answers.items() if answer.status_code == 200}
    assert len(found) > 40
    assert {page: words for page, words in found.items() if words} == {}


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<p>The circuit is open</p>", {"circuit"}),
        ('<td data-label="State">held</td>', {"state"}),
        ('<input placeholder="Dead letters">', {"dead letters"}),
        ("<script>const state = 1;</script><p>A statement of its status.</p>", set()),
        ('<a href="?state=held">held</a>', set()),
    ],
)
def test_words_are_looked_for_where_people_meet_them(page: str, words: set[str]) -> None:
    assert not_plain(page) == words
