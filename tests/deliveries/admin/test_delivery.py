"""The list of deliveries, the page that tells one's story, and "Send again"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerthub.sandbox import Sandbox
from deliveries.admin import delivery_page
from deliveries.models import Delivery
from deliveries.send import roads, sender
from deliveries.wake import nudge
from routing.models import Source, Target
from tests.factories import alert, make_rule, make_source, make_target, owed, payload

pytestmark = pytest.mark.django_db

LIST = "/admin/deliveries/delivery/"


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    target = make_target(url=sandbox.hook("#ops").url)
    make_rule("Web", [target], matchers='team="web"')
    make_rule("Rest", [target], position=20)
    return target


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    told: list[int] = []

    def targets(target_ids: Iterable[int]) -> None:
        told.extend(target_ids)

    monkeypatch.setattr(nudge, "targets", targets)
    return told


def page(delivery: Delivery, what: str = "change") -> str:
    return reverse(f"admin:deliveries_delivery_{what}", args=[delivery.pk])


def text(browser: Client, delivery: Delivery) -> str:
    return browser.get(page(delivery)).content.decode()


def send(delivery: Delivery, now: datetime) -> None:
    client = roads.new_client()
    sender.send_now(delivery, client, clock=lambda: now, worker="w-1")
    client.close()


def found(browser: Client, search: str, **filters: str) -> list[str]:
    answer = browser.get(LIST, {"q": search, **filters})
    return sorted(delivery.title for delivery in answer.context["cl"].queryset)


@pytest.fixture
def both(source: Source, target: Target, now: datetime) -> list[Delivery]:
    disk = alert("DiskFull", team="db", city="Zürich")
    latency = alert("Latency", team="web", severity="warning")
    return owed(source, now, disk, latency)


@pytest.mark.parametrize(
    ("search", "titles"),
    [
        ("DiskFull", ["DiskFull"]),
        ("diskf", ["DiskFull"]),
        ('team="web"', ["Latency"]),
        ("team=web", ["Latency"]),
        ("Zürich", ["DiskFull"]),
        ("city=Zürich", ["DiskFull"]),
        ("team", ["DiskFull", "Latency"]),
        ("team=web DiskFull", []),
        ("nothing", []),
    ],
)
def test_deliveries_are_found_by(browser: Client, both: list[Delivery], search: str, titles: list[str]) -> None:
    assert found(browser, search) == titles


def test_a_delivery_is_found_by_its_number(browser: Client, both: list[Delivery]) -> None:
    assert found(browser, f"D-{both[1].pk}") == [both[1].title]


@pytest.mark.usefixtures("both")
def test_deliveries_are_found_by_the_name_their_target_has_or_had(browser: Client, target: Target) -> None:
    target.name = "Lighthouse"
    target.save()
    target.name = "Beacon"
    target.save()
    assert [found(browser, name) for name in ("lightho", "beacon")] == [["DiskFull", "Latency"]] * 2


@pytest.mark.usefixtures("both")
def test_deliveries_are_found_by_the_name_of_a_deleted_target(browser: Client, target: Target) -> None:
    Delivery.objects.filter(target=target).update(target=None, target_name="Lighthouse")
    assert found(browser, "lightho") == ["DiskFull", "Latency"]


def test_what_alerthub_says_itself_is_found_by_its_title(browser: Client, both: list[Delivery]) -> None:
    Delivery.objects.filter(pk=both[0].pk).update(kind="digest", title="Digest of 3 messages")
    assert found(browser, "digest messages") == ["Digest of 3 messages"]


def test_a_delivery_is_found_by_a_fingerprint(browser: Client, both: list[Delivery]) -> None:
    fingerprint = both[0].occurrences.get().alert.fingerprint
    assert found(browser, fingerprint) == [both[0].title]


def test_the_list_is_filtered_by_severity(browser: Client, both: list[Delivery]) -> None:
    assert found(browser, "", severity="warning") == ["Latency"]


def test_the_list_is_filtered_by_source(browser: Client, both: list[Delivery], source: Source) -> None:
    other = make_source("other")
    names = [found(browser, "", notification__source__id__exact=str(one.pk)) for one in (source, other)]
    assert names == [["DiskFull", "Latency"], []]


def test_the_list_is_filtered_by_time(browser: Client, both: list[Delivery], now: datetime) -> None:
    later = now + timedelta(minutes=1)
    filters = {"created_at_from_0": f"{later:%Y-%m-%d}", "created_at_from_1": f"{later:%H:%M:%S}"}
    assert found(browser, "", **filters) == []


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


@pytest.fixture
def ended(both: list[Delivery], now: datetime) -> list[Delivery]:
    Delivery.objects.update(state="delivered", ended_at=now)
    return both


def test_sending_again_makes_a_linked_delivery(browser: Client, ended: list[Delivery], target: Target) -> None:
    browser.post(page(ended[0], "send_this_again"), {"target": target.pk})
    again = ended[0].resends.get()
    assert (again.target, again.asked_by, again.title) == (target, "ann", ended[0].title)


def test_what_still_waits_is_not_told_twice(browser: Client, both: list[Delivery], target: Target) -> None:
    answer = browser.post(page(both[0], "send_this_again"), {"target": target.pk}, follow=True)
    assert (both[0].resends.exists(), f"Due and tried now: {both[0]}." in answer.content.decode()) == (False, True)


def test_asking_whether_to_send_again_sends_nothing(browser: Client, both: list[Delivery]) -> None:
    browser.get(page(both[0], "send_this_again"))
    assert not both[0].resends.exists()


def test_sending_again_tells_the_workers(
    browser: Client, both: list[Delivery], target: Target, nudged: list[int]
) -> None:
    browser.post(page(both[0], "send_this_again"), {"target": target.pk})
    assert nudged == [target.pk]


def test_both_pages_link_to_each_other(browser: Client, ended: list[Delivery], target: Target) -> None:
    browser.post(page(ended[0], "send_this_again"), {"target": target.pk})
    again = ended[0].resends.get()
    assert (page(again) in text(browser, ended[0]), page(ended[0]) in text(browser, again)) == (True, True)


def test_several_are_sent_again_from_the_list(browser: Client, ended: list[Delivery], nudged: list[int]) -> None:
    chosen = [delivery.pk for delivery in ended]
    browser.post(LIST, {"action": "send_again", "_selected_action": chosen})
    assert Delivery.objects.filter(resend_of__in=chosen).count() == 2


def test_what_still_waits_is_given_up_from_the_list_with_a_reason(browser: Client, both: list[Delivery]) -> None:
    chosen = [delivery.pk for delivery in both]
    asked = browser.post(LIST, {"action": "give_up_chosen", "_selected_action": chosen})
    assert 'name="reason"' in asked.content.decode()
    form = {"deed": "give_up", "ids": ",".join(map(str, chosen)), "reason": "the storm is over"}
    browser.post(reverse("admin:deliveries_deadletter_settle"), form)
    assert set(Delivery.objects.values_list("state", "reason")) == {("cancelled", "given_up")}


def test_one_whose_target_is_gone_needs_another_target(
    browser: Client, both: list[Delivery], target: Target, nudged: list[int]
) -> None:
    target.delete()
    other = make_target("other")
    browser.post(LIST, {"action": "send_again", "_selected_action": [both[0].pk]})
    browser.post(page(both[0], "send_this_again"), {"target": ""})
    browser.post(page(both[0], "send_this_again"), {"target": other.pk})
    assert both[0].resends.get().target == other


def test_people_who_may_only_look_send_nothing_again(client: Client, both: list[Delivery], target: Target) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_delivery"))
    client.force_login(bob)
    answer = client.post(page(both[0], "send_this_again"), {"target": target.pk})
    client.post(LIST, {"action": "send_again", "_selected_action": [both[0].pk]})
    assert (answer.status_code, both[0].resends.exists()) == (403, False)


def test_people_with_the_permission_to_change_deliveries_send_again(
    client: Client, ended: list[Delivery], target: Target
) -> None:
    eve = User.objects.create_user("eve", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(codename__in=["view_delivery", "change_delivery"]))
    client.force_login(eve)
    client.post(page(ended[0], "send_this_again"), {"target": target.pk})
    assert ended[0].resends.get().asked_by == "eve"


@pytest.fixture
def digest(both: list[Delivery], target: Target, now: datetime) -> Delivery:
    times = {"created_at": now, "next_attempt_at": now, "expires_at": now + timedelta(hours=6)}
    made = Delivery.objects.create(
        kind="digest", target=target, target_name="ops", title="Digest of 2 messages", **times
    )
    Delivery.objects.exclude(pk=made.pk).update(state="merged", carried_by=made, reason="in_digest")
    return made


def test_a_digest_lists_what_it_carries(browser: Client, both: list[Delivery], digest: Delivery) -> None:
    shown = text(browser, digest)
    assert ("What it carries" in shown, *(page(one) in shown for one in both)) == (True, True, True)


def test_what_a_digest_carries_is_a_filter_of_the_list(browser: Client, both: list[Delivery], digest: Delivery) -> None:
    titles = sorted(one.title for one in both)
    assert found(browser, "", carried_by__id__exact=str(digest.pk)) == titles


def test_a_large_digest_shows_some_and_leads_to_all(
    browser: Client, digest: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_page, "_CARRIED_SHOWN", 1)
    shown = text(browser, digest)
    assert ("1 of 2 are shown." in shown, f"?carried_by__id__exact={digest.pk}" in shown) == (True, True)


def test_a_digest_needs_the_same_number_of_statements_for_many(browser: Client, digest: Delivery) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(browser, digest)
        return len(queries)

    statements()  # what is read once by a process
    few = statements()
    some = list(Delivery.objects.filter(carried_by=digest))
    for one in some:
        one.pk, one.conversation, one.seq = None, None, None
    Delivery.objects.bulk_create(some)
    assert statements() == few


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
