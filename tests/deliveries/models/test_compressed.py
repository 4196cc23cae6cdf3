"""Bodies are kept compressed, and read as they came."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from deliveries.models import Notification
from deliveries.models.compressed import pack, unpack
from routing.models import Source

LONG = b'{"alerts": [' + b'{"status": "firing"}, ' * 50 + b"{}]}"


@given(st.binary(max_size=400) | st.binary(min_size=1, max_size=3).map(lambda some: some * 300))
def test_any_bytes_are_read_as_they_were(value: bytes) -> None:
    assert unpack(pack(value)) == value


@given(st.sampled_from((b"{", b" ", b"[", b"\xef\xbb\xbf{", b"\x00{")), st.binary(max_size=400))
def test_what_an_older_version_kept_as_it_came_is_read_as_it_is(first: bytes, rest: bytes) -> None:
    assert unpack(first + rest) == first + rest


def stored() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM deliveries_notification")
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_long_body_takes_a_fraction_of_its_room(source: Source, now: datetime) -> None:
    Notification.objects.create(source=source, source_name=source.name, received_at=now, body=LONG)
    assert len(stored()) < len(LONG) / 5
    assert Notification.objects.get().body == LONG


@pytest.mark.django_db
def test_a_short_body_is_kept_as_it_came(source: Source, now: datetime) -> None:
    Notification.objects.create(source=source, source_name=source.name, received_at=now, body=b'{"version": "4"}')
    assert stored() == b'{"version": "4"}'
