"""Where a rule stands: the new order of a move, and the numbers for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.inputs.bounds import Bounds
from routing.rules import ordering

ANY = Bounds(0, 1_000_000)
RULES = st.lists(
    st.tuples(st.integers(1, 99), st.integers(0, 40)), min_size=1, max_size=8, unique_by=lambda one: one[0]
)


@pytest.mark.parametrize(
    ("rule_id", "where", "other_id", "order"),
    [
        (3, ordering.TOP, None, [3, 1, 2, 4]),
        (3, ordering.UP, None, [1, 3, 2, 4]),
        (3, ordering.DOWN, None, [1, 2, 4, 3]),
        (1, ordering.LAST, None, [2, 3, 4, 1]),
        (1, ordering.AFTER, 3, [2, 3, 1, 4]),
        (4, ordering.AFTER, 1, [1, 4, 2, 3]),
        (4, ordering.BEFORE, 1, [4, 1, 2, 3]),
        (1, ordering.BEFORE, 4, [2, 3, 1, 4]),
        (1, ordering.UP, None, [1, 2, 3, 4]),
        (4, ordering.DOWN, None, [1, 2, 3, 4]),
        (2, ordering.AFTER, 2, [1, 2, 3, 4]),
        (2, ordering.AFTER, 77, [1, 3, 4, 2]),
    ],
)
def test_a_rule_moves(rule_id: int, where: str, other_id: int | None, order: list[int]) -> None:
    assert ordering.moved([1, 2, 3, 4], rule_id, where, other_id) == order


@given(RULES, st.data())
def test_the_numbers_give_the_order(drawn: list[tuple[int, int]], data: st.DataObject) -> None:
    allowed = Bounds(0, data.draw(st.sampled_from([40, 50, 1_000_000])))
    had = dict(drawn)
    order = sorted(had, key=lambda each: (had[each], each))
    rule_id = data.draw(st.sampled_from(order))
    wanted = ordering.moved(
        order, rule_id, data.draw(st.sampled_from(ordering.WHERE)), data.draw(st.sampled_from(order))
    )
    changed = ordering.positions(wanted, had, rule_id, allowed)
    has = had | changed
    assert sorted(has, key=lambda each: (has[each], each)) == wanted
    assert all(allowed.least <= number <= allowed.most for number in changed.values())


@pytest.mark.parametrize(
    ("had", "order", "changed"),
    [
        ({1: 10, 2: 20, 3: 30}, [1, 3, 2], {3: 15}),
        ({1: 10, 2: 20, 3: 30}, [3, 1, 2], {3: 0}),
        ({1: 30, 2: 40, 3: 50}, [3, 1, 2], {3: 20}),
        ({3: 10, 1: 20, 2: 30}, [1, 2, 3], {3: 40}),
    ],
)
def test_where_there_is_room_only_the_rule_itself_changes(
    had: dict[int, int], order: list[int], changed: dict[int, int]
) -> None:
    assert ordering.positions(order, had, 3, ANY) == changed


@pytest.mark.parametrize(
    ("had", "order", "changed"),
    [
        ({1: 10, 2: 11, 4: 12, 5: 20, 3: 30}, [1, 3, 2, 4, 5], {3: 11, 2: 12, 4: 13}),
        ({1: 10, 2: 10, 3: 30}, [1, 3, 2], {3: 11, 2: 12}),
        ({1: 0, 2: 1, 3: 9}, [3, 1, 2], {3: 0, 1: 1, 2: 2}),
    ],
)
def test_where_there_is_none_the_next_make_room(had: dict[int, int], order: list[int], changed: dict[int, int]) -> None:
    assert ordering.positions(order, had, 3, ANY) == changed


def test_at_the_highest_number_all_are_numbered_anew() -> None:
    had = {1: 1_000_000, 2: 1_000_000, 3: 5}
    assert ordering.positions([1, 2, 3], had, 3, ANY) == {1: 0, 2: 10, 3: 20}
