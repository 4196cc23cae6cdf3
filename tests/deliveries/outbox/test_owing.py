"""Owing AlertHub's own words: two notices, each with its own title."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from tests import factories
from tests.deliveries.lanes import after

pytestmark = pytest.mark.django_db


def test_a_notice_is_named_after_its_text_unless_a_title_is_given(now: datetime) -> None:
    target = factories.make_target()
    named = outbox.owe_notice(target, "Something happened.", "critical", now, title="News")
    unnamed = outbox.owe_notice(target, "x" * 400, "", now)
    assert [(one.title, one.note) for one in (named, unnamed)] == [
        ("News", "Something happened."),
        ("x" * 300, "x" * 400),
    ]
    assert [one.expires_at for one in (named, unnamed)] == [after(now, hours=24), after(now, hours=6)]
