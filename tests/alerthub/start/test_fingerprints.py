"""The keys of a database are known in it: other keys are refused with what to do, replaced ones are taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError

from alerthub.start import fingerprints, keyring
from alerthub.start.other_keys import OtherKeys
from routing.models import KeyFingerprints
from tests.factories import make_server, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "ALERTHUB_ENCRYPTION_KEYS"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    # Into the data folder that all tests share: they would find their pages' files under other names.
    monkeypatch.setattr("alerthub.web.files.collect", lambda root: False)


@pytest.fixture
def _recorded() -> None:
    fingerprints.record()


def other_secret(settings: Any) -> None:
    settings.SECRET_KEY = keyring.new_secret_key()


def other_encryption(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [keyring.new_encryption_key()]


def refused() -> str:
    with pytest.raises(OtherKeys) as caught:
        fingerprints.check()
    return str(caught.value)


def test_a_database_that_was_not_prepared_knows_no_keys() -> None:
    assert fingerprints.check() is False


@pytest.mark.usefixtures("_recorded")
def test_the_keys_of_the_database_are_known() -> None:
    assert fingerprints.check() is True


@pytest.mark.usefixtures("_recorded")
def test_another_secret_key_is_refused_for_what_it_would_do(settings: Any) -> None:
    other_secret(settings)
    said = refused()
    assert ("SECRET_KEY: with the one here" in said, "401" in said, "ENCRYPTION" in said) == (True, True, False)


@pytest.mark.usefixtures("_recorded")
def test_another_encryption_key_is_refused_for_what_it_would_do(settings: Any) -> None:
    other_encryption(settings)
    said = refused()
    assert ("ALERTHUB_ENCRYPTION_KEYS: with the one here" in said, "SECRET_KEY" in said) == (True, False)


@pytest.mark.usefixtures("_recorded")
def test_a_key_out_of_the_data_folder_is_brought_from_the_other_one(settings: Any) -> None:
    other_secret(settings)
    assert f"It lies in {settings.DATA_DIR / 'secret_key'}" in refused()


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize("by", ["environment", "file"])
def test_a_key_that_was_given_is_brought_to_where_it_was_given(
    by: str, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other_secret(settings)
    given = tmp_path / "key"
    given.write_text(settings.SECRET_KEY)
    monkeypatch.setenv(
        *(("SECRET_KEY", settings.SECRET_KEY) if by == "environment" else ("SECRET_KEY_FILE", str(given)))
    )
    assert ("Set SECRET_KEY to" if by == "environment" else f"It comes from {given}") in refused()


@pytest.mark.usefixtures("_recorded")
def test_no_key_is_ever_said(settings: Any) -> None:
    other_secret(settings)
    other_encryption(settings)
    with pytest.raises(OtherKeys) as caught:
        fingerprints.check()
    for said in (str(caught.value), caught.value.in_short):
        assert not [key for key in (settings.SECRET_KEY, *settings.ENCRYPTION_KEYS) if key in said]


def test_prepare_records_the_keys_of_a_database_that_knows_none(settings: Any) -> None:
    call_command("prepare")
    assert fingerprints.check() is True
    other_secret(settings)
    assert "SECRET_KEY" in refused()


# --- keys that were replaced


@pytest.mark.usefixtures("_recorded")
def test_keys_that_were_replaced_are_taken_while_the_old_ones_are_named(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.ENCRYPTION_KEYS = [keyring.new_encryption_key(), *settings.ENCRYPTION_KEYS]
    other_secret(settings)
    assert fingerprints.check() is True


@pytest.mark.usefixtures("_recorded")
def test_once_recorded_the_new_keys_need_the_old_ones_no_more(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.ENCRYPTION_KEYS = [keyring.new_encryption_key(), *settings.ENCRYPTION_KEYS]
    other_secret(settings)
    fingerprints.record()
    settings.SECRET_KEY_FALLBACKS, settings.ENCRYPTION_KEYS = [], settings.ENCRYPTION_KEYS[:1]
    assert fingerprints.check() is True


@pytest.mark.usefixtures("_recorded")
def test_a_machine_that_has_only_the_old_key_is_refused_then(settings: Any) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS = [old]
    other_secret(settings)
    fingerprints.record()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = old, []
    assert "SECRET_KEY: with the one here" in refused()


# --- keys that are lost


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize("other", [other_secret, other_encryption])
def test_prepare_does_not_take_other_keys(other: Any, settings: Any) -> None:
    before = KeyFingerprints.objects.values().get()
    other(settings)
    with pytest.raises(CommandError, match="does not start here"):
        call_command("prepare")
    assert KeyFingerprints.objects.values().get() == before


@pytest.mark.usefixtures("_recorded")
def test_lost_keys_are_given_up_only_by_word_and_with_what_it_costs(settings: Any, capsys: Any) -> None:
    make_target("ops")
    make_server("chat")
    other_secret(settings)
    other_encryption(settings)
    call_command("prepare", "--adopt-keys")
    said = capsys.readouterr().out
    assert ("make new ones" in said, "target ops, Rocket.Chat server chat" in said) == (True, True)
    assert fingerprints.check() is True


@pytest.mark.usefixtures("_recorded")
def test_another_encryption_key_costs_no_token(settings: Any) -> None:
    make_target("ops")
    other_encryption(settings)
    assert fingerprints.record(adopt=True) == ["What these had cannot be read any more, enter it again: target ops."]


@pytest.mark.usefixtures("_recorded")
def test_adopting_the_right_keys_costs_nothing() -> None:
    make_target("ops")
    assert fingerprints.record(adopt=True) == []


# --- databases of earlier versions


@pytest.mark.parametrize("make", [make_target, make_server])
def test_an_older_database_refuses_keys_that_open_nothing_in_it(make: Any, settings: Any) -> None:
    make()
    other_encryption(settings)
    with pytest.raises(OtherKeys, match="ALERTHUB_ENCRYPTION_KEYS"):
        fingerprints.record()
    assert not KeyFingerprints.objects.exists()


def test_an_older_database_takes_keys_that_open_something(settings: Any) -> None:
    make_target("of a key that is lost")
    other_encryption(settings)
    make_target("ops")
    assert fingerprints.record() == []
    assert fingerprints.check() is True


# --- a database that says nothing


class Unset(Exception):
    needs_a_person = True


@pytest.fixture(params=[None, Unset("set the role up")], ids=["away", "not set up"])
def cause(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exception | None]:
    def fails() -> None:
        raise OperationalError("no") from request.param

    with monkeypatch.context() as patched:
        patched.setattr(fingerprints, "_recorded", fails)
        yield request.param


def test_a_process_starts_without_the_database_unless_a_person_must_set_it_up(cause: Exception | None) -> None:
    if cause is None:
        assert fingerprints.at_start() is False
    else:
        with pytest.raises(ImproperlyConfigured, match="set the role up"):
            fingerprints.at_start()


class Waited(Exception):
    pass


def waited() -> None:
    raise Waited


def test_a_worker_waits_for_the_database_unless_a_person_must_set_it_up(cause: Exception | None) -> None:
    with pytest.raises(Waited if cause is None else ImproperlyConfigured):
        fingerprints.wait(waited)


def test_a_worker_that_waits_says_so_once(cause: Exception | None, caplog: pytest.LogCaptureFixture) -> None:
    pauses = iter(range(3))

    def pause() -> None:
        if next(pauses, None) is None:
            raise Waited

    with pytest.raises((Waited, ImproperlyConfigured)):
        fingerprints.wait(pause)
    assert [record.message.count("begins as soon as") for record in caplog.records] == ([1] if cause is None else [])


@pytest.mark.usefixtures("_recorded")
def test_a_worker_does_not_wait_for_a_database_that_answers(settings: Any) -> None:
    fingerprints.wait(waited)
    other_secret(settings)
    with pytest.raises(OtherKeys):
        fingerprints.wait(waited)


# --- who sees them


def test_nobody_is_shown_a_fingerprint() -> None:
    assert KeyFingerprints not in admin.site._registry
    assert not hasattr(KeyFingerprints, "history")
    assert not Permission.objects.filter(content_type__model="keyfingerprints").exists()
    held = [
        field.related_model for model in apps.get_models() for field in model._meta.get_fields() if field.is_relation
    ]
    assert KeyFingerprints not in held


def test_two_databases_with_the_same_keys_have_nothing_in_common() -> None:
    one, two = (KeyFingerprints.of("k" * 50, "e" * 44) for _ in range(2))
    assert not {one.salt, one.secret_key, one.encryption_key} & {two.salt, two.secret_key, two.encryption_key}


def test_one_word_as_both_keys_looks_like_two() -> None:
    row = KeyFingerprints.of("k" * 50, "k" * 50)
    assert row.secret_key != row.encryption_key
