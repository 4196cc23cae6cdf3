"""The page of a delivery: its story from top to bottom."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from deliveries.models import Delivery
from deliveries.send import roads, sender
from routing.models import Source, Target
from tests.deliveries.admin.pages import page, text
from tests.factories import alert, make_target, owed, payload

pytestmark = pytest.mark.django_db


def send(delivery: Delivery, now: datetime) -> None:
    client = roads.new_client()
    sender.send_now(delivery, client, clock=lambda: now, worker="w-1")
    client.close()


def test_the_page_tells_why_the_rule_was_chosen(browser: Client, both: list[Delivery]) -> None:
    latency = next(delivery for delivery in both if delivery.title == "Latency")
    assert "Rule &quot;Web&quot;: team=&quot;web&quot;" in text(browser, latency)


def test_the_page_tells_what_would_be_sent(browser: Client, both: list[Delivery]) -> None:
    assert "What would be sent now" in text(browser, both[0])


def test_the_page_tells_what_was_sent_and_how_it_went(browser: Client, both: list[Delivery], now: datetime) -> None:
    send(both[0], now)
    shown = text(browser, both[0])
    assert ("What was sent" in shown, "Rocket.Chat took it" in shown, "HTTP 200" in shown) == (True, True, True)


def test_the_page_escapes_what_came(browser: Client, source: Source, target: Target, now: datetime) -> None:
    [delivery] = owed(source, now, alert("<script>alert(1)</script>", city='"><img src=x onerror=alert(1)>'))
    send(delivery, now)
    shown = text(browser, delivery)
    assert ("<script>alert(1)" in shown, "<img src=x" in shown) == (False, False)


def test_a_link_that_is_no_web_address_is_not_followed(
    browser: Client, source: Source, target: Target, now: datetime
) -> None:
    body = payload(alert() | {"generatorURL": "javascript:alert(1)"}, externalURL="javascript:alert(2)")
    [delivery] = owed(source, now, *body["alerts"], externalURL=body["externalURL"])
    assert 'href="javascript:' not in text(browser, delivery)


def test_the_page_opens_though_the_target_is_gone(browser: Client, both: list[Delivery], target: Target) -> None:
    target.delete()
    assert f"to {both[0].target_name} (deleted)" in text(browser, both[0])


@pytest.mark.parametrize(
    ("kind", "absent"), [("notice", "Which rule"), ("expiry", "What came"), ("digest", "What came")]
)
def test_what_alerthub_says_itself_has_no_empty_parts(
    browser: Client, target: Target, now: datetime, kind: str, absent: str
) -> None:
    times = {"created_at": now, "next_attempt_at": now, "expires_at": now + timedelta(hours=6)}
    own = Delivery.objects.create(kind=kind, target=target, target_name="ops", title="Own", note="Own words.", **times)
    assert absent not in text(browser, own)


def test_a_copy_to_a_stand_in_says_for_what_it_stands_in(browser: Client, both: list[Delivery], now: datetime) -> None:
    times = {"created_at": now, "next_attempt_at": now, "expires_at": now + timedelta(hours=6)}
    copy = Delivery.objects.create(
        target=make_target("spare"), target_name="spare", resend_of=both[0], note="Meant for ops.", **times
    )
    assert f"D-{both[0].pk}</a>. Meant for ops." in text(browser, copy)
    assert f'Told in its place: <a href="{page(copy)}">' in text(browser, both[0])
