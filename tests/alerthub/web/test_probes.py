"""Health for people and machines: /readyz names what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from alerthub.celery import app
from alerthub.start import fingerprints, keyring
from alerthub.web import probes
from deliveries.models import Delivery, Lane, Trouble, Worker
from tests import factories
from tests.deliveries import unwritable
from tests.factories import alert, payload
from tests.faults.road import TOKEN, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Worker:
    now = timezone.now()
    return Worker.objects.create(name="w1", started_at=now, seen_at=now)


def ask(path: str) -> Any:
    return Client().get(path)


def test_health_names_service_and_version(settings: Any) -> None:
    assert ask("/health").json() == {"service": "alerthub", "status": "healthy", "version": settings.VERSION}


def test_livez_asks_nothing_of_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert ask("/livez").status_code == 200


def test_all_well_is_ready(worker: Worker) -> None:
    assert (ask("/readyz").status_code, ask("/readyz").json()["wrong"]) == (200, {})


def test_no_worker_is_named() -> None:
    answer = ask("/readyz")
    assert (answer.status_code, list(answer.json()["wrong"])) == (503, ["worker"])


def test_a_worker_that_was_not_seen_for_a_minute_is_missing(worker: Worker) -> None:
    Worker.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    assert "No worker was seen since" in ask("/readyz").json()["wrong"]["worker"]


def test_an_old_due_delivery_is_named(worker: Worker) -> None:
    factories.make_rule(targets=[factories.make_target()])
    factories.owed(factories.make_source(), timezone.now() - timedelta(minutes=6))
    assert list(ask("/readyz").json()["wrong"]) == ["deliveries"]


def test_a_delivery_in_its_retries_is_no_reason_to_restart_anything(worker: Worker) -> None:
    factories.make_rule(targets=[factories.make_target()])
    factories.owed(factories.make_source(), timezone.now() - timedelta(minutes=6))
    Delivery.objects.update(tries=3)
    assert ask("/readyz").status_code == 200


@pytest.mark.parametrize("trouble", ["opened_at", "broken_at"])
def test_a_room_that_takes_nothing_is_no_reason_to_restart_anything(worker: Worker, trouble: str) -> None:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    factories.owed(factories.make_source(), timezone.now() - timedelta(minutes=6))
    Lane.objects.create(target=target, **{trouble: timezone.now()})
    assert ask("/readyz").status_code == 200


def test_open_troubles_are_counted_and_are_no_reason_to_restart_anything(worker: Worker) -> None:
    now = timezone.now()
    for kind, subject, ended_at in (("target", "ops", None), ("target", "db", None), ("worker", "h:1", now)):
        Trouble.objects.create(kind=kind, subject=subject, since=now, ended_at=ended_at)
    answer = ask("/readyz")
    assert (answer.status_code, answer.json()["troubles"]) == (200, {"target": 2})


def test_pending_migrations_are_named(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("deliveries.0002_later", False)])
    assert "deliveries.0002_later" in ask("/readyz").json()["wrong"]["migrations"]


def test_keys_that_are_not_the_databases_are_named(worker: Worker, settings: Any) -> None:
    fingerprints.record()
    settings.SECRET_KEY = keyring.new_secret_key()
    wrong = ask("/readyz").json()["wrong"]
    assert list(wrong) == ["keys"]
    assert wrong["keys"].startswith("SECRET_KEY: not what this database was prepared with.")


def test_a_database_that_is_away_is_named_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection to server at postgres://alerthub:secret@db failed")

    monkeypatch.setattr(probes, "_database", away)
    answer = ask("/readyz")
    assert answer.status_code == 503
    assert "secret" not in answer.content.decode()


def test_a_broker_that_is_away_is_named(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(app, "connection_for_write", away)
    assert "cannot be reached" in ask("/readyz").json()["wrong"]["broker"]


def test_whatever_the_brokers_library_raises_is_a_sentence(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'packaging'")

    monkeypatch.setattr(app, "connection_for_write", broken)
    answer = ask("/readyz")
    assert answer.status_code == 503
    assert "cannot be used (ModuleNotFoundError)" in answer.json()["wrong"]["broker"]


def test_whatever_the_databases_library_raises_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ImportError("libpq was not found")

    monkeypatch.setattr(probes, "_database", broken)
    answer = ask("/readyz")
    assert answer.status_code == 503
    assert "cannot be used (ImportError)" in answer.json()["wrong"]["database"]


def test_a_database_that_can_only_be_read_is_not_ready_and_no_worker_is_blamed(worker: Worker) -> None:
    Worker.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    with unwritable.read_only():
        answer = ask("/readyz")
    assert answer.status_code == 503
    assert answer.json()["wrong"] == {
        "database": "Nothing can be stored: the database is read-only: it is a standby, or its file or disk is write-protected."
    }


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disk cannot be filled for a test")
def test_a_full_disk_that_only_posts_meet_is_not_ready(worker: Worker) -> None:
    source = factories.make_source()
    source.new_token("test", TOKEN)
    large = payload(alert() | {"annotations": {"summary": "x" * 100_000}})
    with unwritable.full():
        assert post(large).status_code == 503
        told = ask("/readyz").json()["wrong"]["posts"]
    assert told.startswith(
        "Posts were answered with 503 and none was stored since: the disk under the database is full"
    )
    assert post(large).status_code == 202
    assert ask("/readyz").status_code == 200


@pytest.mark.parametrize(("host", "status"), [("alerthub.example", 302), ("evil.example", 400), ("", 400)])
def test_pages_answer_under_known_names_only(host: str, status: int, settings: Any) -> None:
    settings.KNOWN_HOSTS = ["alerthub.example"]
    assert Client(headers={"host": host}).get("/").status_code == status


def test_probes_answer_under_any_name(settings: Any) -> None:
    settings.KNOWN_HOSTS = ["alerthub.example"]
    assert Client(headers={"host": "10.1.2.3:8093"}).get("/livez").status_code == 200
