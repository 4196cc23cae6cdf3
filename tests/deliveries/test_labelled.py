"""What closed sets of words have in common: the word is what is stored, and its meaning stands beside it."""

from __future__ import annotations

import pytest

from deliveries.labelled import Labelled


class Fruit(Labelled):
    APPLE = "apple", "An apple", "Eat it."
    PEAR = "pear", "A pear"
    NUT = "nut"


def test_a_word_is_found_by_what_is_stored() -> None:
    assert Fruit("pear") is Fruit.PEAR


def test_a_word_is_written_as_it_is_stored() -> None:
    assert f"{Fruit.APPLE}" == "apple"


@pytest.mark.parametrize(
    ("word", "told"),
    [(Fruit.APPLE, ("An apple", "Eat it.")), (Fruit.PEAR, ("A pear", "")), (Fruit.NUT, ("", ""))],
)
def test_its_meaning_stands_beside_it(word: Fruit, told: tuple[str, str]) -> None:
    assert (word.label, word.advice) == told
