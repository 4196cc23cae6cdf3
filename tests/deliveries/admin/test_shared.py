"""What chosen alerts have in common, as the matchers of a silence for all of them."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.admin import shared
from routing.rules import matchers

LABELS = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=4),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
    max_size=4,
)


def test_equal_labels_are_equal_matchers_and_the_name_stands_first() -> None:
    one = {"alertname": "Disk", "app": "x", "team": "db"}
    assert shared.matchers([one, one]) == ['alertname="Disk"', 'app="x"', 'team="db"']


def test_few_short_values_are_alternatives() -> None:
    assert shared.matchers([{"alertname": "A", "n": "b"}, {"alertname": "A", "n": "a"}])[1] == 'n=~"a|b"'


def test_many_values_are_left_out() -> None:
    assert shared.matchers([{"alertname": "A", "n": str(n)} for n in range(9)]) == ['alertname="A"']


def test_several_names_are_always_named() -> None:
    (only,) = shared.matchers([{"alertname": f"A{n}"} for n in range(9)])
    assert only.startswith('alertname=~"A0|A1|')


def test_a_label_that_one_of_them_lacks_is_left_out() -> None:
    assert shared.matchers([{"alertname": "A", "n": "1"}, {"alertname": "A"}]) == ['alertname="A"']


def test_what_a_regular_expression_would_read_is_escaped() -> None:
    found = shared.matchers([{"n": "a.b"}, {"n": "(c"}])
    (matcher,) = matchers.parse("\n".join(found))
    assert [matcher.matches({"n": value}) for value in ("a.b", "(c", "aXb")] == [True, True, False]


def test_a_label_of_five_thousand_characters_is_left_out() -> None:
    assert shared.matchers([{"alertname": "A", "long": "x" * 5000}]) == ['alertname="A"']


def test_none_share_nothing() -> None:
    assert (shared.matchers([]), shared.labels([])) == ([], {})


@pytest.mark.filterwarnings("ignore")
@given(st.lists(LABELS, min_size=1, max_size=4))
def test_each_of_them_fits_what_is_found(alerts: list[dict[str, str]]) -> None:
    for of in {"", *alerts[0]}:
        parsed = matchers.parse("\n".join(shared.matchers(alerts, of)))
        assert all(matcher.matches(one) for matcher in parsed for one in alerts)


def test_a_name_that_is_too_long_for_an_address_leaves_nothing_that_would_fit_other_alerts() -> None:
    assert shared.matchers([{"alertname": "x" * 5000, "severity": "critical"}]) == []


def test_names_that_no_regular_expression_holds_leave_nothing_that_would_fit_other_alerts() -> None:
    names = [{"alertname": f"PersistentVolumeFillingUp{number}", "severity": "critical"} for number in range(90)]
    assert shared.matchers(names) == []


def test_a_group_of_many_names_is_said_by_the_label_that_makes_it() -> None:
    names = [{"alertname": f"A{number}", "team": "db"} for number in range(200)]
    assert shared.matchers(names, of="team") == ['team="db"']


def test_a_group_without_a_label_is_said_by_its_empty_value() -> None:
    assert shared.matchers([{"alertname": "A"}, {"alertname": "A", "team": ""}], of="team") == [
        'alertname="A"',
        'team=""',
    ]


def test_groups_with_and_without_a_label_are_said_by_its_values_and_the_empty_one() -> None:
    found = shared.matchers([{"alertname": "A"}, {"alertname": "A", "team": "db"}], of="team")
    _, team = matchers.parse("\n".join(found))
    assert [team.matches({"team": value}) for value in ("db", "", "web")] == [True, True, False]


def test_an_address_holds_what_is_found_in_any_script() -> None:
    found = shared.matchers([{"alertname": "A", **{f"l{number}": "警報" * 40 for number in range(30)}}])
    assert found[0] == 'alertname="A"'
    assert len(quote_plus("\n".join(found))) < 3500


def test_a_silence_takes_as_many_as_are_found() -> None:
    found = shared.matchers([{"alertname": "A"} | {f"l{number}": "v" for number in range(200)}])
    assert matchers.entered("\n".join(found))
