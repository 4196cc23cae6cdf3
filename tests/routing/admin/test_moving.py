"""A rule is moved by the menu of its row or on its page: at once, unless the order changed meanwhile; and moved back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from routing.admin import reorder
from routing.models import Rule
from tests.callers import person
from tests.factories import make_rule, make_target

pytestmark = pytest.mark.django_db
LIST = "/admin/routing/rule/"


@pytest.fixture(autouse=True)
def _rules(_needs_db: None) -> None:
    target = make_target()
    for place, name in enumerate(("Db", "Web", "Net", "Pay"), start=1):
        make_rule(name, [target], position=10 * place)
    Rule.objects.fallback()


@pytest.fixture
def _needs_db(db: None) -> None:
    """The rules are made in it."""


def rule(name: str) -> Rule:
    return Rule.objects.get(name=name)


def move(browser: Client, name: str, to: str, **fields: Any) -> str:
    answer = browser.post(reverse("admin:routing_rule_move", args=[rule(name).pk]), {"to": to} | fields, follow=True)
    return answer.content.decode()


def order() -> list[str]:
    return list(Rule.objects.in_order().values_list("name", flat=True))


def undo(page: str) -> str:
    return page.split('name="undo" value="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("name", "to", "expected"),
    [
        ("Net", "top", ["Net", "Db", "Web", "Pay", "Fallback"]),
        ("Net", "up", ["Db", "Net", "Web", "Pay", "Fallback"]),
        ("Db", "down", ["Web", "Db", "Net", "Pay", "Fallback"]),
        ("Db", "last", ["Web", "Net", "Pay", "Db", "Fallback"]),
    ],
)
def test_the_menu_of_a_row_moves_it(browser: Client, name: str, to: str, expected: list[str]) -> None:
    move(browser, name, to)
    assert order() == expected


def test_a_rule_is_put_after_another(browser: Client) -> None:
    page = move(browser, "Db", f"after:{rule('Net').pk}")
    assert (order(), "‘Db’ is now after ‘Net’." in page) == (["Web", "Net", "Db", "Pay", "Fallback"], True)


def test_a_rule_is_dropped_before_the_first_that_is_shown(browser: Client) -> None:
    page = move(browser, "Pay", f"before:{rule('Db').pk}")
    assert (order()[0], "‘Pay’ is now the first rule." in page) == ("Pay", True)


def test_a_rule_dropped_below_the_fallback_stands_before_it(browser: Client) -> None:
    move(browser, "Db", f"after:{Rule.objects.fallback().pk}")
    assert order() == ["Web", "Net", "Pay", "Db", "Fallback"]


def test_the_fallback_moves_nowhere(browser: Client) -> None:
    address = reverse("admin:routing_rule_move", args=[Rule.objects.fallback().pk])
    assert (browser.post(address, {"to": "top"}).status_code, order()[-1]) == (404, "Fallback")


def test_what_stands_there_already_is_not_moved(browser: Client) -> None:
    page = move(browser, "Web", "after:" + str(rule("Db").pk))
    assert ("‘Web’ is after ‘Db’ already: nothing was moved." in page, 'name="undo"' in page) == (True, False)
    assert rule("Web").history.count() == 1


@pytest.mark.parametrize("to", ["sideways", "after:", "after:x", "top:1", "after:-1", f"after:{10**30}"])
def test_a_place_that_is_none_is_refused(browser: Client, to: str) -> None:
    assert "This is no place for a rule." in move(browser, "Web", to)
    assert order() == ["Db", "Web", "Net", "Pay", "Fallback"]


def test_an_order_that_somebody_else_changed_meanwhile_is_shown_first(browser: Client) -> None:
    seen = reorder.present().mark
    move(browser, "Pay", "top", seen=seen)
    page = move(browser, "Web", "top", seen=seen)
    assert ("Somebody else changed the order" in page, order()[:2]) == (True, ["Pay", "Db"])


def test_the_list_sends_the_order_it_shows(browser: Client) -> None:
    assert f'name="seen" value="{reorder.present().mark}"' in browser.get(LIST).content.decode()


def test_a_move_is_taken_back(browser: Client) -> None:
    page = move(browser, "Pay", "top")
    page = move(browser, "Pay", "", undo=undo(page))
    assert (order(), "‘Pay’ is after ‘Net’ again." in page) == (["Db", "Web", "Net", "Pay", "Fallback"], True)


def test_a_move_is_not_taken_back_over_another(browser: Client) -> None:
    first = undo(move(browser, "Pay", "top"))
    move(browser, "Pay", "down")
    page = move(browser, "Pay", "", undo=first)
    assert ("Rules were moved again since" in page, order()[0]) == (True, "Db")


def test_what_is_no_undo_of_ours_moves_nothing(browser: Client) -> None:
    assert "can no longer be taken back" in move(browser, "Pay", "", undo="e30:x")


def test_what_was_moved_is_said_once(browser: Client) -> None:
    move(browser, "Pay", "top")
    assert "is now the first rule" not in browser.get(LIST).content.decode()


def test_the_history_of_what_made_room_names_what_was_moved(browser: Client) -> None:
    Rule.objects.filter(name="Web").update(position=11)
    move(browser, "Pay", f"after:{rule('Db').pk}", reason="pay goes first")
    reasons = [rule(name).history.order_by("-history_id")[0].history_change_reason for name in ("Pay", "Web")]
    assert reasons == ["pay goes first", "rule Pay was moved"]


def test_the_page_of_a_move_offers_every_place_and_knows_the_present_one(browser: Client) -> None:
    page = browser.get(reverse("admin:routing_rule_move", args=[rule("Net").pk])).content.decode()
    assert f'value="after:{rule("Web").pk}" selected' in page
    assert ("First of all" in page, "After Pay" in page, "After Net" in page) == (True, True, False)


def test_a_needed_reason_is_asked_for_with_the_place_that_was_chosen(browser: Client, settings: Any) -> None:
    settings.REASON_REQUIRED = True
    page = move(browser, "Net", "last")
    assert ("Say in a few words why" in page, f'value="after:{rule("Pay").pk}" selected' in page) == (True, True)
    assert order() == ["Db", "Web", "Net", "Pay", "Fallback"]


def test_a_move_is_taken_back_without_asking_why(browser: Client, settings: Any) -> None:
    page = move(browser, "Net", "last", reason="tidy")
    settings.REASON_REQUIRED = True
    move(browser, "Net", "", undo=undo(page))
    assert rule("Net").history.order_by("-history_id")[0].history_change_reason == "moved back"


def test_the_search_stays_as_it_was(browser: Client) -> None:
    address = reverse("admin:routing_rule_move", args=[rule("Net").pk])
    assert browser.post(address, {"to": "top", "list_q": "net", "list_p": ""}).headers["Location"] == f"{LIST}?q=net"


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_only_look_moves_nothing(client: Client, method: str) -> None:
    client.force_login(person("bob", "routing.view_rule", is_staff=True))
    answer = getattr(client, method)(reverse("admin:routing_rule_move", args=[rule("Net").pk]), {"to": "top"})
    assert (answer.status_code, order()[0]) == (403, "Db")


@pytest.mark.parametrize("number", ["x", "99", str(10**30)])
def test_a_rule_that_is_not_there_has_no_such_page(browser: Client, number: str) -> None:
    assert browser.get(f"{LIST}{number}/move/").status_code == 404


def test_names_with_markup_are_escaped(browser: Client) -> None:
    Rule.objects.filter(name="Net").update(name="<script>alert(1)</script>")
    page = move(browser, "Db", "last") + move(browser, "<script>alert(1)</script>", "top")
    assert "<script>alert(1)" not in page


def test_two_superusers_see_their_own_moves(browser: Client) -> None:
    other = Client()
    other.force_login(User.objects.create_superuser("bob", "", "x"))
    browser.post(reverse("admin:routing_rule_move", args=[rule("Net").pk]), {"to": "top"})
    assert "is now the first rule" not in other.get(LIST).content.decode()


def test_a_move_is_not_taken_back_onto_the_place_of_a_rule_that_was_moved_there_since(browser: Client) -> None:
    taken_back = undo(move(browser, "Db", f"after:{rule('Net').pk}"))
    move(browser, "Pay", "top")
    assert rule("Pay").position == 10
    page = move(browser, "Db", "", undo=taken_back)
    assert ("Rules were moved again since" in page, order()[:2]) == (True, ["Pay", "Web"])
