"""Dead letters: what ended badly or is held, by reason and target, sent again or given up in bulk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries import outbox, reasons
from deliveries.models import Delivery, Intervention, Lane
from routing.models import Target
from tests.deliveries.lanes import after
from tests.factories import alert, make_rule, make_source, make_target, owed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]

LIST = "/admin/deliveries/deadletter/"
SETTLE = f"{LIST}settle/"


@pytest.fixture
def target() -> Target:
    target = make_target()
    make_rule(targets=[target])
    return target


@pytest.fixture
def letters(target: Target, now: datetime) -> list[int]:
    """One held, one rejected, two expired; one more waits and one was settled."""
    source = make_source()
    ids = [owed(source, now, alert(f"A{number}"), group=f"g{number}")[0].pk for number in range(6)]
    ended = {"ended_at": now}
    Delivery.objects.filter(pk=ids[0]).update(state="held", reason="target_broken")
    Delivery.objects.filter(pk=ids[1]).update(state="rejected", reason="bad_message", **ended)
    Delivery.objects.filter(pk__in=ids[2:4]).update(state="expired", reason="too_late", **ended)
    Delivery.objects.filter(pk=ids[4]).update(state="expired", reason="too_late", settled=True, **ended)
    Lane.objects.create(target=target, broken_at=now, broken_reason="unauthorized", probe_at=after(now, minutes=15))
    return ids[:4]


def listed(browser: Client, **asked: Any) -> list[int]:
    return [row.pk for row in browser.get(LIST, asked).context["cl"].queryset.order_by("pk")]


def page(browser: Client, **asked: Any) -> str:
    return browser.get(LIST, asked).content.decode()


def tally(browser: Client, which: str, **asked: Any) -> dict[str, str]:
    return {badge["label"]: badge["number"] for badge in browser.get(LIST, asked).context[which]}


def choose(browser: Client, action: str, ids: list[int], **fields: Any) -> Any:
    return browser.post(LIST, {"action": action, "_selected_action": ids, **fields})


def settle(browser: Client, deed: str, ids: list[int], **fields: Any) -> Any:
    return browser.post(SETTLE, {"deed": deed, "ids": ",".join(map(str, ids)), **fields}, follow=True)


def login(client: Client, *permissions: str) -> Client:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(bob)
    return client


def test_everything_is_listed_that_ended_badly_or_is_held(browser: Client, letters: list[int]) -> None:
    assert listed(browser) == letters


def test_they_are_counted_by_reason_and_by_target(browser: Client, letters: list[int]) -> None:
    assert tally(browser, "by_reason") == {
        reasons.label("too_late"): "2",
        reasons.label("target_broken"): "1",
        reasons.label("bad_message"): "1",
    }
    assert tally(browser, "by_target") == {"ops": "4"}


def test_a_count_filters_the_list(browser: Client, letters: list[int]) -> None:
    badge = browser.get(LIST).context["by_reason"][0]
    answer = browser.get(f"{LIST}{badge['link']}")
    assert [row.pk for row in answer.context["cl"].queryset.order_by("pk")] == letters[2:]


def test_what_is_chosen_of_one_kind_narrows_the_counts_of_the_other(browser: Client, letters: list[int]) -> None:
    assert tally(browser, "by_target", reason="too_late") == {"ops": "2"}


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({"state": "held"}, [0]),
        ({"state": "rejected"}, [1]),
        ({"reason": "too_late"}, [2, 3]),
        ({"severity": "warning"}, []),
        ({"last": "24"}, []),
    ],
)
def test_the_list_is_filtered_by(browser: Client, letters: list[int], asked: dict[str, str], places: list[int]) -> None:
    Delivery.objects.update(created_at=datetime.fromisoformat("2020-01-01T00:00:00Z"))
    assert listed(browser, **asked) == [letters[place] for place in places]


def test_it_says_what_to_do_about_each(browser: Client, letters: list[int]) -> None:
    shown = page(browser)
    assert "Mend the target: it is sent then." in shown
    assert "Send it again if it still matters, or give it up." in shown


def test_the_page_needs_the_same_number_of_statements_for_many(
    browser: Client, letters: list[int], target: Target
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(LIST)
        return len(queries)

    few = statements()
    rows = [Delivery.objects.get(pk=pk) for pk in letters for _ in range(8)]
    for row in rows:
        row.pk, row.conversation, row.seq = None, None, None
    Delivery.objects.bulk_create(rows)
    assert statements() == few


def test_nothing_is_sent_before_it_is_confirmed(browser: Client, letters: list[int]) -> None:
    answer = choose(browser, "send_again", letters)
    assert ("Send 4 deliveries again?" in answer.content.decode(), Intervention.objects.exists()) == (True, False)


def test_what_was_chosen_is_sent_again(browser: Client, letters: list[int], nudged: list[int]) -> None:
    settle(browser, "send_again", letters)
    assert (listed(browser), Delivery.objects.filter(resend_of__in=letters).count()) == ([], 3)
    assert set(Intervention.objects.values_list("who", "what")) == {("ann", "send_again")}
    assert nudged


def test_everything_that_is_listed_can_be_chosen_at_once(browser: Client, letters: list[int]) -> None:
    answer = choose(browser, "give_up", letters[:1], select_across="1")
    assert answer.context["ids"] == ",".join(map(str, letters))


def test_all_means_all_that_the_filters_let_through(browser: Client, letters: list[int]) -> None:
    answer = browser.post(
        f"{LIST}?reason=too_late",
        {"action": "give_up", "_selected_action": [letters[2]], "select_across": "1"},
    )
    assert answer.context["ids"] == ",".join(map(str, letters[2:]))


def test_too_many_at_once_are_refused_with_what_to_do(
    browser: Client, letters: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_MOST", 3)
    answer = browser.post(LIST, {"action": "give_up", "_selected_action": letters}, follow=True)
    assert "Choose at most 3 at once: filter the list" in answer.content.decode()


def test_what_is_given_up_is_listed_no_more(browser: Client, letters: list[int]) -> None:
    settle(browser, "give_up", letters, reason="The maintenance is over.")
    assert (listed(browser), Intervention.objects.filter(reason="The maintenance is over.").count()) == ([], 4)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_giving_up_needs_a_reason(browser: Client, letters: list[int], reason: str) -> None:
    answer = settle(browser, "give_up", letters, reason=reason)
    assert ("Say why" in answer.content.decode(), listed(browser)) == (True, letters)


@pytest.mark.parametrize("ids", ["", "x", "1,", "9" * 30, "1;2"])
def test_an_odd_form_settles_nothing(browser: Client, letters: list[int], ids: str) -> None:
    answer = browser.post(SETTLE, {"deed": "give_up", "ids": ids, "reason": "over"}, follow=True)
    assert ("Nothing was chosen." in answer.content.decode(), listed(browser)) == (True, letters)


def test_looking_at_the_address_of_the_form_settles_nothing(browser: Client, letters: list[int]) -> None:
    browser.get(SETTLE, {"deed": "give_up", "ids": str(letters[0]), "reason": "over"})
    assert listed(browser) == letters


def test_people_who_may_only_look_settle_nothing(client: Client, letters: list[int]) -> None:
    bob = login(client, "view_delivery")
    assert (settle(bob, "give_up", letters, reason="over").status_code, listed(bob)) == (403, letters)


def test_people_who_may_only_look_are_offered_no_action(client: Client, letters: list[int]) -> None:
    bob = login(client, "view_delivery")
    assert 'value="give_up"' not in page(bob)


def test_people_without_the_permission_see_neither_list_nor_line(client: Client, letters: list[int]) -> None:
    bob = login(client, "view_alert")
    assert (bob.get(LIST).status_code, LIST in bob.get("/admin/").content.decode()) == (403, False)


def test_people_who_see_deliveries_see_the_line(client: Client) -> None:
    assert f'href="{LIST}"' in login(client, "view_delivery").get("/admin/").content.decode()


def test_a_post_without_the_csrf_token_settles_nothing(letters: list[int]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("ann", "", "x"))
    answer = strict.post(SETTLE, {"deed": "give_up", "ids": str(letters[0]), "reason": "over"})
    assert (answer.status_code, Intervention.objects.exists()) == (403, False)


def test_its_page_is_the_page_of_the_delivery(browser: Client, letters: list[int]) -> None:
    answer = browser.get(f"{LIST}{letters[0]}/change/")
    assert answer["Location"] == reverse("admin:deliveries_delivery_change", args=[letters[0]])


def test_what_people_did_is_told_on_the_page_of_the_delivery(browser: Client, letters: list[int]) -> None:
    settle(browser, "give_up", letters[:1], reason="<b>over</b>")
    shown = browser.get(reverse("admin:deliveries_delivery_change", args=[letters[0]])).content.decode()
    assert ("ann gave it up at" in shown, "&lt;b&gt;over&lt;/b&gt;" in shown, "<b>over</b>" in shown) == (
        True,
        True,
        False,
    )


def test_one_is_given_up_from_its_own_page(browser: Client, letters: list[int]) -> None:
    answer = browser.get(reverse("admin:deliveries_delivery_give_up", args=[letters[0]]))
    assert (answer.context["ids"], answer.context["deed"]) == (str(letters[0]), "give_up")


def test_what_was_delivered_is_not_given_up(browser: Client, letters: list[int], now: datetime) -> None:
    Delivery.objects.filter(pk=letters[0]).update(state="delivered", ended_at=now)
    assert browser.get(reverse("admin:deliveries_delivery_give_up", args=[letters[0]])).status_code == 403


def test_what_is_held_waits_again_from_its_own_page(browser: Client, letters: list[int], target: Target) -> None:
    address = reverse("admin:deliveries_delivery_send_this_again", args=[letters[0]])
    answer = browser.post(address, {"target": target.pk})
    assert answer["Location"] == reverse("admin:deliveries_delivery_change", args=[letters[0]])
    assert Delivery.objects.get(pk=letters[0]).state == "waiting"


def test_the_way_to_the_target_is_shown_to_who_may_see_it(client: Client, letters: list[int], target: Target) -> None:
    link = reverse("admin:routing_target_change", args=[target.pk])
    bob = login(client, "view_delivery")
    before = link in page(bob)
    User.objects.get(username="bob").user_permissions.add(Permission.objects.get(codename="view_target"))
    assert (before, link in page(bob)) == (False, True)
