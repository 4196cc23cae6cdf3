"""Tokens of a source in its history: who made, changed or deleted one. Nothing of a secret, and nothing comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import serializers
from django.test import Client

from routing.changes import differences, past
from routing.models import Source
from tests.callers import superuser

pytestmark = pytest.mark.django_db

SECRET = "a-secret-of-our-own-0123"


def told(source: Source) -> tuple[str, list[str]]:
    """Who made the newest change, and what it did."""
    newest, before = source.history.order_by("-history_id")[:2]
    return newest.history_by, [str(one) for one in differences.between(past.state(before), past.state(newest))]


def test_a_token_made_in_the_admin_is_told(browser: Client, source: Source) -> None:
    browser.post(f"/admin/routing/source/{source.pk}/new-token/", {"name": "peer 1"})
    assert told(source) == ("ann", ["tokens: +peer 1"])


def test_tokens_made_and_deleted_by_programs_are_told(source: Source) -> None:
    api, tokens = superuser("bob"), f"/api/v1/sources/{source.pk}/tokens/"
    made = api.post(tokens, {"name": "peer 1", "token": SECRET}).json()
    assert told(source) == ("bob", ["tokens: +peer 1"])
    api.delete(f"{tokens}{made['id']}/")
    assert told(source) == ("bob", ["tokens: −peer 1"])


def test_a_token_that_is_let_expire_is_told(browser: Client, source: Source) -> None:
    source.new_token("peer 1")
    token = source.tokens.get()
    form: dict[str, Any] = {"name": source.name, "enabled": "on", "duplicate_window": 120, "repeat_interval": 14400, "close_after": 259200, "tokens-TOTAL_FORMS": 1,
                            "tokens-INITIAL_FORMS": 1, "tokens-0-id": token.pk, "tokens-0-source": source.pk,
                            "tokens-0-name": "peer 1", "tokens-0-expires_at": "2099-12-31T00:00"}  # fmt: skip
    answer = browser.post(f"/admin/routing/source/{source.pk}/change/", form)
    assert answer.status_code == 302, answer.context["errors"]
    assert told(source) == ("ann", ["tokens: −peer 1, +peer 1 until 2099-12-31 00:00 UTC"])


def test_nothing_of_the_secret_is_kept(source: Source) -> None:
    source.new_token("peer 1", SECRET)
    token = source.tokens.get()
    kept = json.dumps(serializers.serialize("python", source.history.all()), default=str)
    assert [part in kept for part in (SECRET, token.digest, token.hint)] == [False, False, False]


def test_a_state_that_comes_back_brings_no_token_and_takes_none(browser: Client, source: Source) -> None:
    first = source.history.get()
    source.new_token("peer 1")
    source.name = "eu"
    source.save()
    restore = f"/admin/routing/source/{source.pk}/history/{first.history_id}/restore/"
    assert "peer 1" not in browser.get(restore).content.decode()
    browser.post(restore, {"reason": "", "seen": ""})
    source.refresh_from_db()
    assert (source.name, source.tokens.count()) == ("prod", 1)
