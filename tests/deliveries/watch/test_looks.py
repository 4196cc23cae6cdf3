"""The looks of the self-watch: one worker at a time, few statements, and no trouble of its own that others feel."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from deliveries.models import Trouble, Watch
from deliveries.watch import symptoms, watch
from routing.models import Target
from tests import factories
from tests.deliveries.watch.rows import Clock, breaks, notices, refuse
from tests.factories import make_source, make_target, owed

pytestmark = pytest.mark.django_db


def test_nobody_looks_twice_within_a_few_seconds(listener: Target, ops: Target, at: Clock) -> None:
    watch.look(at(0))
    breaks(ops, at(1))
    assert watch.look(at(3)) == set()
    assert watch.look(at(5)) == {listener.pk}


def test_a_clock_that_was_set_back_does_not_stop_the_watch(listener: Target, ops: Target, at: Clock) -> None:
    watch.look(at(3600))
    breaks(ops, at(0))
    assert watch.look(at(1)) == {listener.pk}


def test_a_look_costs_the_same_however_much_there_is(
    listener: Target, at: Clock, django_assert_max_num_queries: Any
) -> None:
    source = make_source()
    for number in range(30):
        target = make_target(f"t{number}")
        breaks(target, at(0))
        factories.make_rule(f"r{number}", [target], continues=True, position=number + 10)
        refuse(at(0), source_name=f"s{number}")
    owed(source, at(0))
    watch.look(at(1))
    with django_assert_max_num_queries(14):
        watch.look(at(400))


def test_a_quiet_look_costs_few_queries(listener: Target, at: Clock, django_assert_max_num_queries: Any) -> None:
    watch.look(at(0))
    with django_assert_max_num_queries(14):
        watch.look(at(5))


def test_a_look_that_comes_too_early_costs_one_query(at: Clock, django_assert_num_queries: Any) -> None:
    watch.look(at(0))
    with django_assert_num_queries(1):
        watch.look(at(1))


def test_trouble_of_the_watch_itself_does_not_reach_the_pump(at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symptoms, "targets", lambda now: 1 / 0)
    assert watch.look(at(0)) == set()
    assert Watch.objects.get().checked_at is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_look_at_once_tell_once(listener: Target, ops: Target, at: Clock) -> None:
    breaks(ops, at(0))
    together, results = threading.Barrier(4), []

    def worker() -> None:
        together.wait(10)
        results.append(watch.look(at(1)))
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(notices()), Trouble.objects.count()) == (1, 1)
    assert sorted(map(len, results)) == [0, 0, 0, 1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_who_holds_the_watch_makes_nobody_wait(listener: Target, ops: Target, at: Clock) -> None:
    watch.look(at(0))
    breaks(ops, at(1))
    results: list[set[int]] = []

    def worker() -> None:
        results.append(watch.look(at(60)))
        connection.close()

    with transaction.atomic():
        Watch.objects.select_for_update().get()
        thread = threading.Thread(target=worker)
        thread.start()
        thread.join(2)
    assert results == [set()]
