"""Secrets at rest open with any of the keys, in their own place, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from routing.access import secrets
from tests import factories

OTHER_KEY = "kWW0TVO_H_7v4dpNIXTVHLwrDiB-8ynQBTDAoQX5xKE="


def test_a_sealed_value_opens_in_its_place() -> None:
    assert secrets.unseal(secrets.seal("s3cret", "target:1"), "target:1") == "s3cret"


def test_a_value_may_hold_the_separator() -> None:
    assert secrets.unseal(secrets.seal("a|b", "target:1"), "target:1") == "a|b"


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(secrets.Unreadable):
        secrets.unseal(secrets.seal("s3cret", "target:1"), "target:2")


def test_a_missing_key_fails_closed_and_says_what_to_do(settings: Any) -> None:
    sealed = secrets.seal("s3cret", "target:1")
    settings.ENCRYPTION_KEYS = [OTHER_KEY]
    with pytest.raises(secrets.Unreadable, match="bring the old key back"):
        secrets.unseal(sealed, "target:1")


def test_an_old_key_behind_a_new_one_still_opens(settings: Any) -> None:
    sealed = secrets.seal("s3cret", "target:1")
    settings.ENCRYPTION_KEYS = [OTHER_KEY, *settings.ENCRYPTION_KEYS]
    assert secrets.unseal(sealed, "target:1") == "s3cret"


def test_plain_text_put_in_by_hand_is_not_taken_for_a_secret() -> None:
    with pytest.raises(secrets.Unreadable):
        secrets.unseal("https://chat.example/hooks/a/b", "target:1")


@pytest.mark.django_db
def test_the_database_never_holds_an_address_in_clear() -> None:
    target = factories.make_target()
    row = type(target).objects.filter(pk=target.pk).values().get()
    assert "s3cr3t" not in repr(row)
    assert target.webhook_url() == factories.HOOK_URL
