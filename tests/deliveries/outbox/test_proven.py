"""Whether something arrived where a target leads now: what its pages call "ok"."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries.models import Delivery, Lane
from deliveries.models.lane import mark_of
from deliveries.reasons import Reason
from routing.models import Target
from tests import factories
from tests.deliveries.lanes import claim, outcome, record, send

pytestmark = pytest.mark.django_db

NEW_URL = "https://new.example/hooks/65f0c0ffee/an0therT0kenNobodySees"


def is_proven() -> bool:
    return Lane.objects.select_related("target__server").get().is_proven


def changes(target: Target) -> None:
    target.set_webhook_url(NEW_URL)
    target.save()


@pytest.fixture
def waiting(target: Target, now: datetime) -> Delivery:
    [delivery] = factories.owed(factories.make_source("other"), now)
    return delivery


def test_a_target_that_took_a_message_is_proven(waiting: Delivery, target: Target, now: datetime) -> None:
    send(target, now)
    assert is_proven()


def test_one_that_refused_it_is_not(waiting: Delivery, target: Target, now: datetime) -> None:
    send(target, now, Reason.UNAUTHORIZED)
    assert not is_proven()


def test_one_with_another_address_since_is_not(waiting: Delivery, target: Target, now: datetime) -> None:
    send(target, now)
    changes(target)
    assert not is_proven()


def test_a_message_that_was_under_way_to_the_old_address_proves_nothing_of_the_new(
    waiting: Delivery, target: Target, now: datetime
) -> None:
    claimed = claim(target, now)
    changes(target)
    record(claimed, now, outcome(now))
    assert not is_proven()


@pytest.mark.parametrize("field", ["base_url", "user_id", "token_sealed"])
def test_another_account_is_another_address(field: str) -> None:
    target = factories.make_rest_target(factories.make_server())
    before = mark_of(target)
    setattr(target.server, field, "another")
    assert mark_of(target) != before


@pytest.mark.parametrize("field", ["webhook_sealed", "channel"])
def test_another_hook_or_room_is_another_address(field: str) -> None:
    target = factories.make_target()
    before = mark_of(target)
    setattr(target, field, "another")
    assert mark_of(target) != before


def test_another_name_is_not() -> None:
    target = factories.make_target()
    before = mark_of(target)
    target.name = "renamed"
    assert mark_of(target) == before
