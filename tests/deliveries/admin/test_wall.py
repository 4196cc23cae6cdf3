"""The wall at its address: only the link opens it, nothing of it leads anywhere, and a revoked one shows nothing at once."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.figures import wall
from deliveries.models import Alert, Worker
from routing.access import tokens
from routing.models import WallLink
from tests import factories

pytestmark = pytest.mark.django_db

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def secret() -> str:
    return tokens.new(tokens.WALL_PREFIX)


@pytest.fixture
def link(secret: str) -> WallLink:
    link = WallLink(name="TV", made_by="ann")
    link.keep(secret)
    link.save()
    return link


def look(secret: str, **given: Any) -> Any:
    return Client(**given).get(f"/wall/{secret}/")


def text(secret: str) -> str:
    return str(look(secret).content.decode())


def fire(now: datetime, name: str = "DiskFull", **labels: str) -> None:
    factories.make_rule("everything", [factories.make_target("ops")])
    one = factories.alert(name, starts_at=(now - timedelta(hours=3)).isoformat(), **labels)
    factories.accept(factories.make_source(), factories.payload(one), now)


def test_whoever_has_the_link_sees_what_burns(link: WallLink, secret: str, now: datetime) -> None:
    fire(now)
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(secret)))
    assert "1 critical 0 warning" in shown
    assert "critical DiskFull 1 3 h ops (pending) nobody" in shown


@pytest.mark.parametrize("address", ["/wall/{}", "/wall/{}/"])
def test_it_answers_with_and_without_the_slash(link: WallLink, secret: str, address: str) -> None:
    assert Client().get(address.format(secret)).status_code == 200


def test_nothing_burns(link: WallLink, secret: str) -> None:
    assert "Nothing burns." in text(secret)


def test_what_is_wrong_with_alerthub_is_said(link: WallLink, secret: str, now: datetime) -> None:
    assert "No worker" in text(secret)
    wall.forget()
    Worker.objects.create(name="w", started_at=now, seen_at=now)
    assert "AlertHub works." in text(secret)


def test_what_is_left_out_is_counted(link: WallLink, secret: str, now: datetime) -> None:
    source = factories.make_source()
    for each in range(wall.ROWS + 12):
        factories.accept(source, factories.payload(factories.alert(f"A{each}"), group=str(each)), now)
    assert "and 12 more" in text(secret)


def test_it_leads_nowhere_and_asks_for_nothing(link: WallLink, secret: str, now: datetime) -> None:
    fire(now)
    shown = text(secret)
    links = re.findall(r'(?:href|src|action)="([^"]*)"', shown)
    assert links
    assert [each for each in links if not each.startswith("/static/")] == []
    assert re.findall(r"<(a|form|button|input|style|iframe)\b|\bstyle=|\bon\w+=", shown) == []


def test_neither_labels_nor_the_link_are_in_it(link: WallLink, secret: str, now: datetime) -> None:
    fire(now, customer="Secret Ltd", instance="db-1")
    shown = text(secret)
    assert [word for word in ("Secret Ltd", "db-1", "happened", secret, link.name) if word in shown] == []


def test_a_hostile_name_stays_text(link: WallLink, secret: str, now: datetime) -> None:
    fire(now, "<script>alert(1)</script>", severity="<b>x</b>")
    shown = text(secret)
    assert "<script>alert" not in shown
    assert "<b>x</b>" not in shown
    assert "<bdi" in shown


@pytest.mark.parametrize("known", [True, False])
def test_no_cache_no_crawler_and_no_other_page_gets_it(link: WallLink, secret: str, known: bool) -> None:
    answer = look(secret if known else f"{secret[:-4]}0000")
    assert {name: answer[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_it_opens_no_session(link: WallLink, secret: str) -> None:
    answer = look(secret)
    assert (dict(answer.cookies), "Cookie" in answer.get("Vary", "")) == ({}, False)


def shows_nothing(secret: str) -> tuple[int, str]:
    answer = look(secret)
    return answer.status_code, answer.content.decode()


def test_whatever_the_reason_it_shows_nothing_alike(link: WallLink, secret: str, now: datetime) -> None:
    made_up = shows_nothing(tokens.new(tokens.WALL_PREFIX))
    assert made_up[0] == 404
    odd = [shows_nothing(each) for each in ("x", "ahw_", "%00", "ahw_é", "a" * 5000, tokens.new(tokens.API_PREFIX))]
    WallLink.objects.update(revoked_at=now)
    revoked = shows_nothing(secret)
    WallLink.objects.update(revoked_at=None, expires_at=now - timedelta(seconds=1))
    assert {made_up, revoked, shows_nothing(secret), *odd} == {made_up}


def test_revoking_acts_at_once(link: WallLink, secret: str, now: datetime) -> None:
    fire(now)
    assert "DiskFull" in text(secret)
    WallLink.objects.update(revoked_at=now)
    assert "DiskFull" not in text(secret)


def test_it_stays_valid_with_a_key_of_before(link: WallLink, secret: str, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key " * 5
    assert look(secret).status_code == 200


def test_when_it_was_used_is_remembered(link: WallLink, secret: str, now: datetime) -> None:
    look(secret)
    link.refresh_from_db()
    assert link.last_used_at is not None
    assert link.last_used_at >= now


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(link: WallLink, secret: str, method: str, now: datetime) -> None:
    fire(now)
    answer = getattr(Client(), method)(f"/wall/{secret}/")
    assert (answer.status_code, "DiskFull" in answer.content.decode()) == (405, False)


def test_who_looks_again_at_once_asks_for_the_link_only(link: WallLink, secret: str) -> None:
    look(secret)
    with CaptureQueriesContext(connection) as queries:
        look(secret)
    assert len(queries) == 1


def test_what_is_no_link_asks_the_database_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        look("ahw_short")
    assert len(queries) == 0


def test_while_the_database_is_away_the_page_tries_again(
    link: WallLink, secret: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(wall, "now_burning", away)
    with caplog.at_level(logging.DEBUG):
        answer = look(secret)
    assert (answer.status_code, "cannot answer just now" in answer.content.decode()) == (503, True)
    assert secret not in caplog.text


def test_nobody_is_told_the_address_by_an_alert_page(
    link: WallLink, secret: str, browser: Client, now: datetime
) -> None:
    fire(now)
    browser.get(f"/wall/{secret}/")
    page = browser.get(f"/admin/deliveries/alert/{Alert.objects.get().pk}/change/")
    assert secret not in page.content.decode()
