"""What Alertmanager says of why it tells a firing proves that it is no late copy, or proves nothing."""

from __future__ import annotations

import pytest

from deliveries.accept import plan
from tests.deliveries.accept.story import Story

pytestmark = pytest.mark.django_db

FIRST, ADDED, REPEAT = "first notification", "new alerts added", "repeat interval elapsed"
ALL_RESOLVED = "all alerts resolved"


@pytest.mark.parametrize("reason", [FIRST, ADDED, "alerts unmuted"])
def test_a_reason_that_no_telling_of_lately_had_makes_it_news_now(story: Story, reason: str) -> None:
    story.firing(-1000, notification_reason=reason)
    story.resolved(0, notification_reason=ALL_RESOLVED)
    assert [one.status for one in story.firing(30, notification_reason=reason).deliveries] == ["firing"]


@pytest.mark.parametrize("reason", [FIRST, ADDED])
def test_a_reason_that_a_copy_would_have_too_proves_nothing(story: Story, reason: str) -> None:
    """Peer b computed it with peer a, and was held up."""
    story.firing(0, notification_reason=reason)
    story.resolved(125, notification_reason=ALL_RESOLVED)
    assert story.firing(130, notification_reason=reason).fates[0].outcome == plan.LATE


@pytest.mark.parametrize("reason", ["", "unknown", REPEAT, "some alerts resolved"])
def test_other_reasons_prove_nothing(story: Story, reason: str) -> None:
    story.resolved(0, notification_reason=ALL_RESOLVED)
    assert story.firing(30, notification_reason=reason).fates[0].outcome == plan.LATE
