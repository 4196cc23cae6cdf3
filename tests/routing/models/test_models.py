"""What may be saved, and what says no: sources and their tokens, targets, rules, severity words."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from routing.access import secrets
from routing.models import IngestToken, Rule, SeverityAlias, Target
from routing.models.rule import FallbackIsNeeded
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_token_is_kept_only_as_a_hash(now: datetime) -> None:
    token = factories.make_source().new_token("am-1")
    assert token not in repr(IngestToken.objects.values().get())
    assert IngestToken.valid(token, now).get().name == "am-1"


def test_an_expired_token_is_not_valid(now: datetime) -> None:
    token = factories.make_source().new_token("am-1")
    IngestToken.objects.update(expires_at=now)
    assert not IngestToken.valid(token, now).exists()


def test_tokens_outlive_a_change_of_the_secret_key(now: datetime, settings: Any) -> None:
    token = factories.make_source().new_token("am-1")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough to be one"
    assert IngestToken.valid(token, now).exists()


def test_the_use_of_a_token_is_written_once_a_minute(now: datetime, django_assert_num_queries: Any) -> None:
    factories.make_source().new_token("am-1")
    token = IngestToken.objects.get()
    token.remember_use(now)
    token.refresh_from_db()
    with django_assert_num_queries(0):
        token.remember_use(now + timedelta(seconds=59))


def test_a_target_shows_scheme_host_and_the_last_four() -> None:
    assert factories.make_target().masked_url == "https://chat.example/…a1b2"


@pytest.mark.parametrize(
    "url",
    ["", "chat.example/hooks/a/b", "ftp://chat.example/hooks/a/b", "https://", "https://chat.example", "https://x:y@h/hooks/a/b",
     "https://chat.example:99999/hooks/a/b", "https://[::1/hooks/a/b", "https://chat.example/hooks/a b/c"],
)  # fmt: skip
def test_what_is_no_webhook_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Target(name="x").set_webhook_url(url)
    assert "/hooks/" not in str(refused.value).replace("HOST/hooks/", "")


@pytest.mark.parametrize(
    "url", ["http://[::1]:3000/hooks/a/bcde", "https://host/chat/hooks/a/u/bcde", " https://h/hooks/a/bcde "]
)
def test_odd_but_right_addresses_are_taken(url: str) -> None:
    target = Target(name="x")
    target.set_webhook_url(url)
    assert target.webhook_url() == url.strip()


def test_a_token_opens_for_the_address_it_was_entered_with_only() -> None:
    server = factories.make_server()
    server.base_url = "https://evil.example"
    with pytest.raises(secrets.Unreadable):
        server.token()


def test_a_token_does_not_open_for_another_server() -> None:
    server, other = factories.make_server(), factories.make_server("other")
    other.token_sealed = server.token_sealed
    with pytest.raises(secrets.Unreadable):
        other.token()


@pytest.mark.parametrize(
    "url", ["chat.example", "ftp://chat.example", "https://", "https://a:b@chat.example", "https://chat.example/?x=1",
            "https://chat.example/hooks/a/b", "https://chat.example/api/v1", "https://chat.example:0x", "https://[::1"],
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    server = factories.make_server(base_url=url)
    with pytest.raises(ValidationError) as refused:
        server.full_clean()
    assert list(refused.value.message_dict) == ["base_url"]


def test_an_emoji_and_an_avatar_exclude_each_other() -> None:
    target = factories.make_target(emoji=":bell:", avatar_url="https://chat.example/a.png")
    with pytest.raises(ValidationError, match="only one of them"):
        target.full_clean()


@pytest.mark.parametrize("path", ["relative.pem", "/nowhere/ca.pem", "/etc/hostname"])
def test_a_ca_file_that_is_none_is_refused(path: str) -> None:
    target = factories.make_target(ca_file=path)
    with pytest.raises(ValidationError):
        target.full_clean()


@pytest.mark.timeout(5)
def test_a_pipe_is_no_ca_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValidationError):
        factories.make_target(ca_file=str(tmp_path / "pipe")).full_clean()


def test_the_fallback_rule_is_there_from_the_start() -> None:
    assert Rule.objects.get(is_fallback=True).name == "Fallback"


@pytest.mark.parametrize("delete", [lambda: Rule.objects.fallback().delete(), lambda: Rule.objects.all().delete()])
def test_the_fallback_rule_cannot_be_deleted(delete: Any) -> None:
    with pytest.raises(FallbackIsNeeded, match="cannot be deleted"):
        delete()


def test_there_is_one_fallback_only() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.create(name="second", is_fallback=True)


def test_the_fallback_cannot_be_disabled() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.filter(is_fallback=True).update(enabled=False)


@pytest.mark.parametrize("fields", [{"severities": ["critical"]}, {"matchers": 'team="db"'}])
def test_the_fallback_takes_every_alert(fields: dict[str, Any]) -> None:
    fallback = Rule.objects.fallback()
    for name, value in fields.items():
        setattr(fallback, name, value)
    with pytest.raises(ValidationError, match="takes every alert"):
        fallback.full_clean()


def test_a_broken_matcher_is_an_error_that_names_the_place() -> None:
    rule = factories.make_rule(matchers='team="db"\nenv=~"("')
    with pytest.raises(ValidationError, match="Line 2"):
        rule.full_clean()


@pytest.mark.parametrize(
    "make", [factories.make_rule, lambda **fields: factories.make_silence(now=timezone.now(), **fields)]
)
def test_more_matchers_than_a_row_may_have_are_refused(make: Any) -> None:
    row = make(matchers="\n".join(f"l{number}=v" for number in range(101)))
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert list(refused.value.message_dict) == ["matchers"]
    assert "at most 100 are allowed" in refused.value.message_dict["matchers"][0]


@pytest.mark.parametrize("severities", ["critical", [1], {"a": 1}])
def test_severities_are_a_list_of_words(severities: Any) -> None:
    rule = factories.make_rule(severities=severities)
    with pytest.raises(ValidationError, match="list of words"):
        rule.full_clean()


def test_severities_are_folded_and_said_once() -> None:
    rule = factories.make_rule(severities=[" Critical", "critical", "P1", ""])
    rule.full_clean()
    assert rule.severities == ["critical", "p1"]


def test_rules_are_walked_by_position_the_fallback_last() -> None:
    factories.make_rule("second", position=20)
    factories.make_rule("first", position=10)
    assert [rule.name for rule in Rule.objects.in_order()] == ["first", "second", "Fallback"]


def test_severity_words_are_folded() -> None:
    assert SeverityAlias.objects.create(word=" Nuclear ", severity="Critical").word == "nuclear"


@pytest.mark.parametrize("word", ["crit", "page", "p1", "error", "warn", "notice", "none"])
def test_the_usual_severity_words_are_known(word: str) -> None:
    assert SeverityAlias.objects.get(word=word).severity in ("critical", "warning", "info")
