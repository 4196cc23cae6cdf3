"""What can become of a try, and why: words for people, sizes for columns, what speaks against a room."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deliveries import reasons
from deliveries.reasons import OF_DELIVERIES, OF_TRIES, Reason
from deliveries.rocketchat import outcomes
from deliveries.rocketchat.outcomes import Ending, Outcome

pytestmark = pytest.mark.anywhere


def outcome(reason: Reason | None) -> Outcome:
    return Outcome(Ending.REFUSED, reason, 400, "", "", None, datetime(2026, 1, 1, tzinfo=UTC), 0.1)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_short_words_for_a_table(reason: Reason) -> None:
    assert 3 <= len(reason.label) <= 32
    assert not reason.label.endswith(".")


@pytest.mark.parametrize("reason", OF_TRIES)
def test_every_reason_of_a_try_says_in_a_sentence_what_to_do(reason: Reason) -> None:
    assert reason.advice.endswith(".")
    assert len(reason.advice) > 20


def test_no_two_reasons_look_alike_in_a_table() -> None:
    # Where an admin disabled the target, a lane and its deliveries say the same.
    assert len({reason.label for reason in (*OF_TRIES, *OF_DELIVERIES)}) == len(Reason) - 1


def test_a_word_of_a_version_that_is_gone_is_shown_as_it_is() -> None:
    assert (reasons.label("sun_spots"), reasons.advice("sun_spots")) == ("Sun spots", "")


@pytest.mark.parametrize("member", [*Ending, *Reason])
def test_every_value_fits_its_column_and_reads_back(member: Ending | Reason) -> None:
    assert len(member) <= (10 if isinstance(member, Ending) else 30)
    assert type(member)(str(member)) is member


@pytest.mark.parametrize(
    "reason", [Reason.BAD_MESSAGE, Reason.TOO_LARGE, Reason.MENTION, Reason.PARTIAL, Reason.INTERNAL, Reason.ID_TAKEN]
)
def test_a_refused_message_says_nothing_against_its_room(reason: Reason) -> None:
    assert outcomes.is_about_message(outcome(reason))


@pytest.mark.parametrize("reason", [None, Reason.TIMEOUT, Reason.BAD_ROOM, Reason.RATE_LIMITED, Reason.NOT_FOUND])
def test_a_troubled_target_would_trouble_the_next_message_too(reason: Reason | None) -> None:
    assert not outcomes.is_about_message(outcome(reason))


@pytest.mark.parametrize(("asked", "believed"), [(-5, 1), (0, 1), (28, 28), (900, 900), (10**9, 900)])
def test_a_wait_is_believed_from_a_second_to_a_quarter_of_an_hour(asked: float, believed: float) -> None:
    assert outcomes.clamp_wait(asked) == believed
