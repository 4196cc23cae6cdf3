"""See what this changes: what was told lately is decided again, by the rules as they are and as they would be."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from deliveries.admin import impact as page
from deliveries.foresight import impact
from deliveries.foresight.impact import Replay
from routing.models import Rule, Source, Target
from routing.rulebook.proposal import Proposal
from routing.rules import decision
from routing.rules.decision import Route
from tests import factories
from tests.callers import person
from tests.routing.rules.routes import FALLBACK, route

LIST = "/admin/routing/rule/"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
db = pytest.mark.django_db


LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=3)
ROUTES = st.lists(
    st.tuples(st.integers(1, 6), LABELS, st.booleans(), st.integers(1, 4)), max_size=5, unique_by=lambda one: one[0]
)


def routes(drawn: list[tuple[int, dict[str, str], bool, int]]) -> tuple[Route, ...]:
    made = [
        route(number, "\n".join(f"{name}={value}" for name, value in labels.items()), to=(target,), continues=continues)
        for number, labels, continues, target in drawn
    ]
    return (*made, FALLBACK)


def told(labels: dict[str, str], rules: tuple[Route, ...]) -> tuple[int, ...]:
    choices = decision.decide(labels, "", rules, NOON).choices
    return tuple(sorted({target for choice in choices for target in choice.target_ids}))


@given(ROUTES, st.data(), st.lists(LABELS, max_size=10))
def test_the_replay_finds_exactly_what_moves(drawn: Any, data: st.DataObject, alerts: list[dict[str, str]]) -> None:
    before = routes(drawn)
    place = data.draw(st.integers(0, max(0, len(drawn) - 1)))
    changed = data.draw(ROUTES.filter(lambda one: len(one) == 1))[0]
    number = drawn[place][0] if drawn else changed[0]
    after = routes([*drawn[:place], (number, *changed[1:]), *drawn[place + 1 :]])
    replay = Replay(Proposal(before, after, frozenset({number})))
    for labels in alerts:
        replay.add(labels, "", NOON, 1)
    moved = [(told(labels, before), told(labels, after)) for labels in alerts]
    expected = [pair for pair in moved if pair[0] != pair[1]]
    assert sorted((one.before, one.after) for one in replay.in_order() for _ in range(one.count)) == sorted(expected)


def test_what_nobody_would_hear_of_comes_first() -> None:
    replay = Replay(Proposal((route(1, "a=x"), route(2)), (route(1, "a=x", to=(7,)),), frozenset({1, 2})))
    for labels in ({"a": "x"}, {"a": "x"}, {"a": "y"}):
        replay.add(labels, "", NOON, 1)
    assert [(one.before, one.after, one.count) for one in replay.in_order()] == [((2,), (), 1), ((1,), (7,), 2)]


@pytest.fixture
def targets() -> list[Target]:
    return [factories.make_target(name) for name in ("ops", "web")]


@pytest.fixture
def rule(targets: list[Target]) -> Rule:
    factories.tell_fallback(targets[1])
    return factories.make_rule("db", [targets[0]], matchers="team=db")


@pytest.fixture
def source(rule: Rule, now: datetime) -> Source:
    """It told of two databases and of one web server within the last hours."""
    source = factories.make_source()
    alerts = [factories.alert("DbDown", team="db", instance=f"db-{n}") for n in (1, 2)]
    factories.owed(source, now - timedelta(hours=2), *alerts, factories.alert("WebDown", team="web"))
    factories.owed(source, now - timedelta(hours=30), factories.alert("Old", team="db"), group="old")
    return source


def form(rule: Rule | None, targets: list[Target], **changes: Any) -> dict[str, Any]:
    fields = {"name": "db", "position": "10", "enabled": "on", "matchers": "team=db", "sends_resolved": "on"}
    return fields | {"targets": [target.pk for target in targets]} | changes


def see(browser: Client, address: str, fields: dict[str, Any]) -> tuple[str, list[tuple[str, str, int]]]:
    answer = browser.post(f"{LIST}impact/{address}", fields)
    lines = [(one.before, one.after, one.group.count) for one in answer.context.get("lines", ())]
    return re.sub(r"\s+", " ", answer.content.decode()), lines


@db
@pytest.mark.usefixtures("source")
def test_an_edited_rule(browser: Client, rule: Rule, targets: list[Target]) -> None:
    shown, lines = see(browser, f"?rule={rule.pk}", form(rule, targets[:1], matchers='team="db"\ninstance="db-1"'))
    assert lines == [("ops", "web", 1)]
    assert "1 of 3 alerts of the last 24 h would have gone elsewhere: DbDown to web instead of ops." in shown


@db
@pytest.mark.usefixtures("source")
def test_a_new_rule(browser: Client, targets: list[Target]) -> None:
    _, lines = see(browser, "?rule=", form(None, targets[:1], name="web", matchers="team=web", position="20"))
    assert lines == [("web", "ops", 1)]


@db
@pytest.mark.usefixtures("source")
def test_a_rule_that_is_switched_off(browser: Client, rule: Rule, targets: list[Target]) -> None:
    fields = form(rule, targets[:1])
    del fields["enabled"]
    assert see(browser, f"?rule={rule.pk}", fields)[1] == [("ops", "web", 2)]


@db
@pytest.mark.usefixtures("source")
def test_a_rule_that_is_deleted(browser: Client, rule: Rule) -> None:
    assert see(browser, f"?delete={rule.pk}", {})[1] == [("ops", "web", 2)]


@db
@pytest.mark.usefixtures("source")
def test_rules_in_another_order(browser: Client, rule: Rule, targets: list[Target]) -> None:
    every = factories.make_rule("every", [targets[1]], position=20)
    assert see(browser, f"?move={every.pk}", {"to": "top"})[1] == [("ops", "web", 2)]


@db
@pytest.mark.usefixtures("source")
def test_a_change_that_changes_nothing_says_so(browser: Client, rule: Rule, targets: list[Target]) -> None:
    shown, lines = see(browser, f"?rule={rule.pk}", form(rule, targets[:1], name="databases"))
    assert (lines, "3 alerts of the last 24 h checked: nothing goes elsewhere." in shown) == ([], True)


@db
@pytest.mark.usefixtures("source")
def test_more_hours_reach_further_back(browser: Client, rule: Rule) -> None:
    assert see(browser, f"?delete={rule.pk}", {"hours": "48"})[1] == [("ops", "web", 3)]


@db
@pytest.mark.usefixtures("source")
def test_a_window_counts_at_the_time_it_was(browser: Client, rule: Rule, targets: list[Target], now: datetime) -> None:
    window = factories.make_window(years=f"{now.year}:{now.year + 1}")
    _, lines = see(browser, f"?rule={rule.pk}", form(rule, targets[:1], muted_windows=[window.pk]))
    assert lines == [("ops", "nobody", 2)]


@db
@pytest.mark.usefixtures("source")
def test_the_page_of_the_form_is_answered_with_a_part_of_itself(
    browser: Client, rule: Rule, targets: list[Target]
) -> None:
    answer = browser.post(
        f"{LIST}impact/?rule={rule.pk}", form(rule, targets[1:]), headers={"X-Requested-With": "fetch"}
    ).content.decode()
    assert "2 of 3 alerts of the last 24 h would have gone elsewhere: DbDown to web instead of ops" in answer
    assert "<html" not in answer


@db
@pytest.mark.usefixtures("source")
def test_an_alert_with_markup_in_its_name_is_escaped(
    browser: Client, rule: Rule, targets: list[Target], source: Source, now: datetime
) -> None:
    factories.owed(source, now, factories.alert("<script>alert(1)</script>", team="db"), group="odd")
    assert "<script>alert(1)" not in see(browser, f"?rule={rule.pk}", form(rule, targets[1:]))[0]


@db
@pytest.mark.usefixtures("source")
def test_nothing_is_saved(browser: Client, rule: Rule, targets: list[Target]) -> None:
    see(browser, f"?rule={rule.pk}", form(rule, targets[1:], matchers="team=web"))
    rule.refresh_from_db()
    assert (rule.matchers, list(rule.targets.all())) == ("team=db", targets[:1])


@db
@pytest.mark.usefixtures("source")
def test_a_long_replay_goes_on_where_it_was(
    browser: Client, rule: Rule, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(page, "_SLICE_SECONDS", -1.0)
    monkeypatch.setattr(impact.reading, "_AT_ONCE", 1)
    first = browser.post(f"{LIST}impact/?delete={rule.pk}", {"hours": "48"})
    assert (first.context["progress"].done, "<progress" in first.content.decode()) == (1, True)
    then = browser.post(f"{LIST}impact/?delete={rule.pk}", {"hours": "48", "state": first.context["state"]})
    assert [(one.before, one.after, one.group.count) for one in then.context["lines"]] == [("ops", "web", 3)]


@db
@pytest.mark.usefixtures("source")
def test_a_state_that_was_tampered_with_begins_anew(browser: Client, rule: Rule) -> None:
    _, lines = see(browser, f"?delete={rule.pk}", {"state": "e30:x"})
    assert lines == [("ops", "web", 2)]


@db
def test_the_newest_are_taken_when_there_are_too_many(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impact.reading, "MOST", 1)
    begun = impact.begin(now, 48)
    assert (begun.total, begun.is_capped) == (1, True)


@db
@pytest.mark.parametrize(
    ("address", "fields", "words"),
    [
        ("?rule=", {"matchers": 'team="'}, "Matchers: Line 1"),
        ("?rule=", {"targets": []}, "Choose at least one target"),
        ("?rule=x", {}, "This address names no rule."),
        ("?rule=", {"hours": "0"}, "Give a number of hours"),
        ("?move=1", {"to": "sideways"}, "This is no place for a rule."),
        ("?move=77", {"to": "top"}, "This rule is gone"),
        ("", {"moved": "x"}, "This can no longer be taken back"),
    ],
)
def test_what_cannot_be_tried_says_why(
    browser: Client, targets: list[Target], address: str, fields: dict[str, Any], words: str
) -> None:
    assert words in see(browser, address, form(None, targets, name="new") | fields)[0]


@db
def test_a_link_alone_is_refused(browser: Client) -> None:
    assert browser.get(f"{LIST}impact/").status_code == 403


@db
@pytest.mark.parametrize("address", ["add/", "{}/change/", "{}/delete/", "{}/move/"])
def test_it_is_offered_where_rules_are_changed(browser: Client, rule: Rule, address: str) -> None:
    assert f'data-impact="{LIST}impact/' in browser.get(LIST + address.format(rule.pk)).content.decode()


@db
def test_who_may_only_look_is_not_offered_it(client: Client, rule: Rule) -> None:
    client.force_login(person("bob", "routing.view_rule", is_staff=True))
    assert f"{LIST}impact/" not in client.get(f"{LIST}{rule.pk}/change/").content.decode()
