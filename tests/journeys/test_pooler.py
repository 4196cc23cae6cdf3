"""PgBouncer in transaction mode between AlertHub and PostgreSQL: alerts go their way, and lists are saved whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import requests

from alerthub.postgresql.limited import LIMITS
from tests import servers
from tests.factories import alert, payload
from tests.journeys import places
from tests.journeys import stack as stacks
from tests.journeys.stack import API_TOKEN, CRITICAL, Stack

pytestmark = [
    pytest.mark.journey,
    pytest.mark.postgresql,
    pytest.mark.skipif(servers.find("pgbouncer") is None, reason="PgBouncer is not installed"),
]
# Fewer than AlertHub's processes keep: each transaction may meet another one.
AT_ONCE = 3


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with places.database(tmp_path, empty=True) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            for name, value in LIMITS.items():
                admin.execute(f"ALTER ROLE {admin.info.user} IN DATABASE {admin.info.dbname} SET {name} = '{value}'")
        with servers.pgbouncer(url, at_once=AT_ONCE) as pooler, stacks.running(tmp_path, DATABASE_URL=pooler) as stack:
            yield stack


def saved(stack: Stack) -> list[dict[str, str]]:
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    answer = requests.get(f"{stack.url}/api/v1/deliveries/export.csv", headers=headers, timeout=30)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_alerts_go_through_a_pooler_and_the_list_of_them_is_saved_whole(stack: Stack, word: str) -> None:
    told = [payload(alert(f"{word}{number}"), group=f"{word}{number}") for number in range(40)]
    with ThreadPoolExecutor(8) as senders:
        assert {answer.status for answer in senders.map(stack.receive, told)} == {202}
    stack.wait_for_room(CRITICAL, word, count=40, timeout=60)
    stack.wait_for_end(timeout=20)
    rows = saved(stack)
    assert [row["state"] for row in rows] == ["delivered"] * 40
    assert [row["attempts"] for row in rows] == ["1"] * 40


@pytest.mark.parametrize("process", ["prepare", "web", "worker 1"])
def test_without_the_limits_of_its_role_nothing_starts_and_says_how_to_set_them(process: str, tmp_path: Path) -> None:
    with places.database(tmp_path, empty=True) as url, servers.pgbouncer(url) as pooler:
        # Of several web processes that do not start gunicorn says more, if the second one ends while it halts.
        alone = {"WEB_CONCURRENCY": "1"}
        done = stacks.ended(process, ALERTHUB_DATA_DIR=str(tmp_path), DATABASE_URL=pooler, **alone)
    assert done.returncode != 0
    assert ("statement_timeout = '15s'" in done.stderr, "Traceback" in done.stderr) == (True, False), done.stderr
