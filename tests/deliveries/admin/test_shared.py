"""What chosen alerts have in common, as the matchers of a silence for all of them."""

from __future__ import annotations

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
    parsed = matchers.parse("\n".join(shared.matchers(alerts)))
    assert all(matcher.matches(one) for matcher in parsed for one in alerts)
