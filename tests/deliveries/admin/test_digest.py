"""The page of a digest: what it carries."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.admin import delivery_page
from deliveries.models import Delivery
from routing.models import Target
from tests.deliveries.admin.pages import found, page, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest(both: list[Delivery], target: Target, now: datetime) -> Delivery:
    times = {"created_at": now, "next_attempt_at": now, "expires_at": now + timedelta(hours=6)}
    made = Delivery.objects.create(
        kind="digest", target=target, target_name="ops", title="Digest of 2 messages", **times
    )
    Delivery.objects.exclude(pk=made.pk).update(state="merged", carried_by=made, reason="in_digest")
    return made


def test_a_digest_lists_what_it_carries(browser: Client, both: list[Delivery], digest: Delivery) -> None:
    shown = text(browser, digest)
    assert ("What it carries" in shown, *(page(one) in shown for one in both)) == (True, True, True)


def test_what_a_digest_carries_is_a_filter_of_the_list(browser: Client, both: list[Delivery], digest: Delivery) -> None:
    titles = sorted(one.title for one in both)
    assert found(browser, "", carried_by__id__exact=str(digest.pk)) == titles


def test_a_large_digest_shows_some_and_leads_to_all(
    browser: Client, digest: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_page, "_CARRIED_SHOWN", 1)
    shown = text(browser, digest)
    assert ("1 of 2 are shown." in shown, f"?carried_by__id__exact={digest.pk}" in shown) == (True, True)


def test_a_digest_needs_the_same_number_of_statements_for_many(browser: Client, digest: Delivery) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(browser, digest)
        return len(queries)

    statements()  # what is read once by a process
    few = statements()
    some = list(Delivery.objects.filter(carried_by=digest))
    for one in some:
        one.pk, one.conversation, one.seq = None, None, None
    Delivery.objects.bulk_create(some)
    assert statements() == few
