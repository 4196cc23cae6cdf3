"""Routes found by what they ask of a label: the same decisions as by asking each."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.rules import decision
from routing.rules.decision import Route, Routes
from tests.routing.rules.routes import FALLBACK, WEDNESDAY_NOON, route

VALUES = ("", "db", "web")
CONDITIONS = (
    "",
    "team=db",
    "team=web",
    'team=""',
    "env=db",
    "team=db, env=web",
    "team!=db",
    "team=~d.+",
    "env=web, team=web",
)
labels = st.dictionaries(st.sampled_from(("team", "env", "other")), st.sampled_from(VALUES))
rulebooks = st.lists(st.tuples(st.sampled_from(CONDITIONS), st.booleans()), max_size=8).map(
    lambda some: [route(number, text, continues=continues) for number, (text, continues) in enumerate(some)]
)


@given(found=labels, routes=rulebooks, place=st.integers(0, 8))
def test_the_same_is_decided_as_by_asking_each_rule(found: dict[str, str], routes: list[Route], place: int) -> None:
    routes.insert(place, FALLBACK)
    assert decision.decide(found, "", Routes(routes), WEDNESDAY_NOON) == decision.decide(
        found, "", routes, WEDNESDAY_NOON
    )


def near(found: dict[str, str], *routes: Route) -> list[int]:
    return [one.rule_id for one in Routes(routes).near(found)]


def test_of_many_rules_that_ask_a_label_for_a_value_one_is_asked() -> None:
    many = [route(number, f"team=t{number}") for number in range(1000)]
    assert near({"team": "t417"}, *many) == [417]


def test_a_rule_is_found_by_the_value_that_the_fewest_ask_for() -> None:
    many = [route(number, f"env=prod, team=t{number}") for number in range(9)]
    assert near({"team": "t4", "env": "prod"}, *many) == [4]


def test_what_every_alert_may_fit_is_asked_in_its_place() -> None:
    assert near({"team": "db"}, route(1, "team=db"), route(2), route(3, "team=web"), route(4, "team=~d.")) == [1, 2, 4]


def test_a_rule_that_asks_for_no_such_label_is_asked_always() -> None:
    assert near({}, route(1, 'team=""'), route(2, "team=db")) == [1]


def test_the_conditions_of_the_fallback_do_not_count() -> None:
    assert near({}, replace(FALLBACK, matchers=route(1, "team=db").matchers)) == [FALLBACK.rule_id]
