"""Whether this process can store what comes: a small write now and then, and what the last posts met."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from deliveries.door import writing
from deliveries.door.writing import Posts
from deliveries.models import Watch
from deliveries.unavailable import Why
from tests.deliveries import unwritable


@pytest.mark.django_db
def test_a_database_that_takes_a_small_write_is_well(now: datetime) -> None:
    assert writing.trouble(now, 100.0) is None
    assert Watch.objects.get().written_at == now


@pytest.mark.django_db
def test_it_is_tried_again_after_five_seconds_and_not_before(now: datetime) -> None:
    for second in (0, 4.9, 5, 9):
        writing.trouble(now + timedelta(seconds=second), 100.0 + second)
    assert Watch.objects.get().written_at == now + timedelta(seconds=5)


@pytest.mark.django_db
def test_a_database_that_became_read_only_is_found_and_that_it_is_over_too(now: datetime) -> None:
    found = [writing.trouble(now, 100.0)]
    with unwritable.read_only():
        found += [writing.trouble(now, 104.0), writing.trouble(now, 105.0)]
    found += [writing.trouble(now, 110.0)]
    assert found == [None, None, Why.READ_ONLY, None]


@pytest.mark.django_db
def test_what_the_self_watch_wrote_there_stays(now: datetime) -> None:
    Watch.objects.create(pk=1, checked_at=now)
    writing.trouble(now + timedelta(seconds=1), 100.0)
    assert Watch.objects.get().checked_at == now


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="who locks a row of PostgreSQL keeps nobody else waiting here"
)
def test_posts_keep_their_patience_with_a_lock(now: datetime) -> None:
    def patience() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            return int(cursor.fetchone()[0])

    writing.trouble(now, 100.0)
    assert patience() == 20_000


@pytest.mark.anywhere
def test_one_post_that_met_a_full_disk_is_enough() -> None:
    posts = Posts()
    posts.failed(Why.FULL, 100.0)
    assert posts.trouble(101.0) is Why.FULL


@pytest.mark.anywhere
def test_one_post_that_met_a_lock_is_no_verdict_and_three_in_a_row_are() -> None:
    posts = Posts()
    found = []
    for second in range(3):
        posts.failed(Why.LOCKED, 100.0 + second)
        found.append(posts.trouble(100.0 + second))
    assert found == [None, None, Why.LOCKED]


@pytest.mark.anywhere
def test_a_post_that_is_stored_shows_that_it_is_over() -> None:
    posts = Posts()
    posts.failed(Why.FULL, 100.0)
    posts.stored()
    assert posts.trouble(100.0) is None


@pytest.mark.anywhere
def test_without_another_post_it_is_forgotten_after_a_minute() -> None:
    posts = Posts()
    posts.failed(Why.FULL, 100.0)
    assert [posts.trouble(160.0), posts.trouble(160.1)] == [Why.FULL, None]


@pytest.mark.anywhere
def test_what_is_the_senders_own_trouble_says_nothing_of_storing() -> None:
    posts = Posts()
    for second in range(5):
        posts.failed(Why.BODY, 100.0 + second)
    assert posts.trouble(105.0) is None
