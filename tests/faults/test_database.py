"""Rows 49, 51, 54, 55 and 57 of the fault catalogue: a database that restarts, is locked, damaged or loses power."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client as Browser

from alerthub.sandbox import Sandbox
from alerthub.start import embedded
from deliveries import outbox
from deliveries.accept import conversations, ingest
from deliveries.models import Delivery, Notification
from deliveries.rocketchat.client import Client
from deliveries.send import sender
from routing.models import Source, Target
from tests import factories
from tests.factories import alert, payload
from tests.faults.road import TOKEN

ROOT = Path(__file__).resolve().parents[2]


def post(browser: Browser) -> int:
    return browser.post(
        "/webhook", payload(alert()), content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {TOKEN}"
    ).status_code


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_row_49_50_a_backend_that_dies_in_mid_ingest_is_a_503_and_the_repeat_is_stored_once(
    source: Source, told: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = conversations.lock

    def die(*given: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return lock(*given)

    with monkeypatch.context() as dying:
        dying.setattr(conversations, "lock", die)
        assert post(Browser(raise_request_exception=False)) == 503
    connection.close()
    assert post(Browser()) == 202
    assert Notification.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_changes_a_column_beside_a_living_process_costs_no_alert(
    source: Source, told: Target, now: datetime
) -> None:
    """What this connection has prepared would answer in another form now, and PostgreSQL refuses that."""
    for number in range(5):
        factories.accept(source, payload(alert(f"A{number}")), now)
    with widened("deliveries_conversation", "receiver", 500):
        assert factories.accept(source, payload(alert("B")), now).notification.state == "routed"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_migration_beside_a_worker_that_sends_costs_no_message_and_repeats_none(
    source: Source, sandbox: Sandbox, now: datetime, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "pause", lambda seconds: None)
    told = factories.make_target(url=sandbox.hook("#ops").url)
    factories.make_rule(targets=[told])
    for number in range(5):
        factories.owed(source, now, group=f"g{number}")
        sender.drain(told.pk, client, clock=lambda: now, worker="w1")
    factories.owed(source, now, group="last")
    claimed = outbox.claim(told.pk, now=now, worker="w1")
    assert claimed is not None
    with widened("deliveries_lane", "room_of", 250):
        sender._send_claim(claimed, client, lambda: now, lambda: 0.5, lambda: False)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert len(sandbox.messages("#ops")) == 6


@contextmanager
def widened(table: str, column: str, length: int) -> Iterator[None]:
    """As a migration does it, on another connection."""
    change = f"ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({{}})"
    asked = connection.get_connection_params()
    names = ("dbname", "host", "port", "user", "password")
    with psycopg.connect(**{name: asked[name] for name in names if name in asked}) as other:
        other.execute(change.format(length + 100))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(change.format(length))


@pytest.mark.django_db(transaction=True)
def test_row_51_a_commit_whose_answer_is_lost_is_a_503_and_the_repeat_a_duplicate(
    source: Source, told: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = connection.commit

    def lose_the_answer() -> None:
        commit()
        raise OperationalError("the connection was lost at the commit")

    with monkeypatch.context() as losing:
        losing.setattr(ingest, "_with_retries", _committing(lose_the_answer))
        assert post(Browser()) == 503
    assert post(Browser()) == 202
    assert sorted(Notification.objects.values_list("state", flat=True)) == ["duplicate", "routed"]


def _committing(lose: object) -> object:
    real = ingest._with_retries

    def accept(*given: object) -> object:
        real(*given)  # type: ignore[arg-type]
        lose()  # type: ignore[operator]
        return None

    return accept


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A data folder with a database file of its own; the environment of a process that uses it."""
    folder = tmp_path_factory.mktemp("data")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEST_")} | {
        "ALERTHUB_DATA_DIR": str(folder), "DATABASE_URL": "", "CELERY_BROKER_URL": "", "ALERTMANAGER_TOKEN": TOKEN,
        "DJANGO_SETTINGS_MODULE": "alerthub.settings",
    }  # fmt: skip
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=environment, check=True, capture_output=True)
    return environment


def test_row_54_a_locked_database_is_waited_for_and_then_a_503(prepared: dict[str, str]) -> None:
    """In a process of its own, with a file of its own and no patience."""
    environment = prepared | {"LOG_LEVEL": "CRITICAL"}
    script = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "from django.test import Client\n"
        "connection.settings_dict['OPTIONS']['timeout'] = 0.2\n"
        "from tests.factories import alert, payload\n"
        f"print(Client().post('/webhook', payload(alert()), content_type='application/json', "
        f"HTTP_AUTHORIZATION='Bearer {TOKEN}').status_code)\n"
    )
    command = [sys.executable, "-c", script]
    path = Path(prepared["ALERTHUB_DATA_DIR"]) / "alerthub.sqlite3"
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        locked = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        other.execute("ROLLBACK")
    free = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert (locked.stdout.split(), free.stdout.split()) == (["503"], ["202"])


_ON_A_FULL_DISK = """
import django; django.setup()
import json, os, sys
from pathlib import Path
from django.test import Client
from tests.factories import alert, payload
from tests.faults.road import post
folder = Path(os.environ["ALERTHUB_DATA_DIR"])
def state(name):
    status = post(payload(alert(name))).status_code
    answer = Client().get("/readyz").json()["wrong"]
    return status, answer.get("database") or answer.get("posts")
with (folder / "filler").open("wb", buffering=0) as filler:
    try:
        while filler.write(bytes(4096)):
            pass
    except OSError:
        pass
full = [state(name) for name in "ABC"]
(folder / "filler").unlink()
from deliveries.door import writing
writing.forget()
print(json.dumps([*full, state("D")]))
"""


def test_row_59_a_disk_that_is_really_full_is_said_by_readyz_and_once_by_the_log(
    prepared: dict[str, str], tmp_path: Path
) -> None:
    """On a file system of its own, seen by this one process."""
    folder = tmp_path / "full"
    folder.mkdir()
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("This machine lets nobody mount a file system.")
    # Without the files that browsers get, which would fill it alone.
    copied = 'tar -C "$2" --exclude=./static -cf - . | tar -C "$1" -xf -'
    mounted = f'mount -t tmpfs -o size=6m none "$1" && {copied} && exec "$3" -c "$4"'
    command = [*alone, "sh", "-c", mounted, "sh", str(folder), prepared["ALERTHUB_DATA_DIR"], sys.executable]
    environment = prepared | {"ALERTHUB_DATA_DIR": str(folder)}
    ran = subprocess.run(
        [*command, _ON_A_FULL_DISK], cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    *full, mended = json.loads(ran.stdout)
    assert [status for status, _ in full] == [503] * 3
    assert all("full" in said for _, said in full)
    assert mended == [202, None]
    lines = [line for line in ran.stderr.splitlines() if " ERROR " in line or " WARNING " in line]
    assert ["A post was answered with 503: the disk under the database is full" in line for line in lines] == [True], (
        lines
    )


@pytest.mark.anywhere
def test_row_55_a_file_that_is_no_database_stops_the_start_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "alerthub.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(embedded.Unusable, match="Put back a copy of the data folder"):
        embedded.check(path)


@pytest.mark.anywhere
def test_row_55_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / "alerthub.sqlite3"
    path.touch()
    embedded.check(path)


@pytest.mark.anywhere
def test_row_55_a_page_that_was_overwritten_is_found(tmp_path: Path) -> None:
    path = tmp_path / "alerthub.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, words TEXT)")
        database.executemany("INSERT INTO kept (words) VALUES (?)", [("x" * 500,)] * 200)
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(embedded.Unusable, match=r"damaged|cannot be read"):
        embedded.check(path)


@pytest.mark.anywhere
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_row_55_a_file_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "alerthub.sqlite3"
    sqlite3.connect(path).close()
    path.chmod(0o400)
    with pytest.raises(embedded.Unusable, match="cannot be written"):
        embedded.check(path)


@pytest.mark.django_db
def test_row_57_a_commit_is_on_the_disk_before_it_is_answered(now: datetime) -> None:
    """Power loss itself cannot be had here; what guards against it are these settings of the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('full_page_writes')")
            assert cursor.fetchone() == ("on", "on")
        else:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] >= 2  # FULL or EXTRA


@pytest.mark.django_db
def test_row_52_what_was_accepted_names_its_place_so_that_gaps_can_be_seen(source: Source, now: datetime) -> None:
    """A replica that missed the last seconds loses them, whatever AlertHub does: docs/production.md says how not to."""
    first = factories.accept(source, payload(alert("A")), now).notification.pk
    assert factories.accept(source, payload(alert("B")), now).notification.pk > first


@pytest.mark.django_db
@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC])
def test_row_59_a_machine_without_files_memory_or_disk_is_a_503(
    source: Source, told: Target, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def exhausted(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as poor:
        poor.setattr(conversations, "lock", exhausted)
        poor.setattr(ingest, "_store_unread", exhausted)
        assert post(Browser()) == 503
    assert post(Browser()) == 202


@pytest.mark.anywhere
@pytest.mark.parametrize("app", ["routing", "deliveries"])
def test_row_61_every_migration_can_be_taken_back(app: str) -> None:
    migrations = [each for (label, _), each in MigrationLoader(None).disk_migrations.items() if label == app]
    assert [each.name for each in migrations if not all(step.reversible for step in each.operations)] == []
