"""The pages of troubles: the open ones first, what to do and where, and whether anybody is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from deliveries.models import Trouble, Watch
from tests import factories
from tests.factories import make_target

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

LIST = "/admin/deliveries/trouble/"


def trouble(now: datetime, subject: str = "ops", **fields: Any) -> Trouble:
    known = {"kind": "target", "detail": f"Target {subject} takes nothing. Mend it.", "since": now}
    return Trouble.objects.create(subject=subject, **known | fields)


def text(browser: Client, address: str | Trouble) -> str:
    if isinstance(address, Trouble):
        address = reverse("admin:deliveries_trouble_change", args=[address.pk])
    return browser.get(address).content.decode()


def test_open_troubles_stand_first(browser: Client, now: datetime) -> None:
    trouble(now, "old", ended_at=now)
    trouble(now - timedelta(days=1), "open")
    trouble(now, "older", ended_at=now - timedelta(days=1))
    assert [row.subject for row in browser.get(LIST).context["cl"].result_list] == ["open", "old", "older"]


@pytest.mark.parametrize(
    ("query", "subjects"),
    [({"state": "open"}, ["open"]), ({"state": "over"}, ["over"]), ({"kind__exact": "late"}, []), ({"q": "ove"}, ["over"])],
)  # fmt: skip
def test_troubles_are_found_by(browser: Client, now: datetime, query: dict[str, str], subjects: list[str]) -> None:
    trouble(now, "open")
    trouble(now, "over", ended_at=now)
    assert [row.subject for row in browser.get(LIST, query).context["cl"].queryset] == subjects


def test_a_trouble_tells_its_course(browser: Client, now: datetime) -> None:
    shown = text(browser, trouble(now, told_at=now, ended_at=now + timedelta(minutes=7)))
    assert ("Target ops takes nothing. Mend it." in shown, "<dd>7 m</dd>" in shown) == (True, True)


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("target", "/admin/routing/target/{}/change/"),
        ("late", "/admin/routing/target/{}/change/"),
        ("refused", "/admin/deliveries/rejectedrequest/"),
        ("unread", "/admin/deliveries/notification/?state__exact=unread"),
    ],
)
def test_an_open_trouble_leads_to_where_it_is_mended(browser: Client, now: datetime, kind: str, page: str) -> None:
    target = make_target()
    assert f'ah-primary" href="{page.format(target.pk)}"' in text(browser, trouble(now, kind=kind))


@pytest.mark.parametrize("kind", ["target", "worker"])
def test_a_trouble_without_a_page_of_its_own_offers_none(browser: Client, now: datetime, kind: str) -> None:
    assert "ah-primary" not in text(browser, trouble(now, "gone", kind=kind))


@pytest.mark.parametrize(("fields", "hint"), [({}, True), ({"hears_troubles": True}, False)])
def test_the_list_says_when_nobody_is_told(browser: Client, fields: dict[str, Any], hint: bool) -> None:
    make_target(**fields)
    assert ("Nobody is told of AlertHub" in text(browser, LIST)) is hint


def test_the_list_says_when_the_last_ping_went_out_and_what_keeps_the_next(
    browser: Client, now: datetime, settings: Any
) -> None:
    settings.PING_URL = "https://hc.example/s3cr3t"
    factories.make_rule(targets=[make_target()])
    delivery = factories.owed(factories.make_source(), now - timedelta(days=1))[0]
    Watch.objects.create(pk=1, pinged_at=now)
    shown = text(browser, LIST)
    assert ("10:02:11" in shown, f">{delivery}</a>" in shown, "s3cr3t" in shown) == (True, True, False)
