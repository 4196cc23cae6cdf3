"""Nobody comes in before the keys are known to be the database's: a 503 is sent again, a 401 is not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import OperationalError

from alerthub.start import fingerprints
from alerthub.start.other_keys import OtherKeys
from alerthub.web import gate

pytestmark = pytest.mark.anywhere


class Database:
    """What it says of the keys, and how often it was asked."""

    def __init__(self) -> None:
        self.says: bool | Exception = True
        self.asked = 0

    def check(self) -> bool:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    made = Database()
    monkeypatch.setattr(fingerprints, "check", made.check)
    return made


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("202 Accepted", [])
    return [b"{}"]


def get(door: gate.Gate, path: str = "/webhook") -> tuple[str, dict[str, str], dict[str, str]]:
    """Status, headers, body."""
    told: list[Any] = []
    body = b"".join(door({"PATH_INFO": path}, lambda *given: told.extend(given)))
    return told[0], dict(told[1]), json.loads(body)


def test_with_the_right_keys_everybody_comes_in_and_they_are_asked_for_once(database: Database) -> None:
    door = gate.Gate(application)
    assert [get(door)[0] for _ in range(2)] == ["202 Accepted"] * 2
    assert database.asked == 1


def test_a_gate_that_was_opened_at_the_start_asks_nothing_more(database: Database) -> None:
    door = gate.Gate(application)
    door.begin()
    assert get(door)[0] == "202 Accepted"
    assert database.asked == 1


@pytest.mark.parametrize("says", [OtherKeys(["SECRET_KEY"]), OperationalError("secret words")])
@pytest.mark.parametrize("path", ["/webhook", "//webhook/", "/admin/", "/api/v1/sources/"])
def test_otherwise_whoever_comes_is_told_to_come_again(database: Database, says: Exception, path: str) -> None:
    database.says = says
    status, headers, body = get(gate.Gate(application), path)
    assert (status, headers["Retry-After"], body["error"]) == ("503 Service Unavailable", "5", "unavailable")
    assert "secret words" not in body["detail"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/metrics"])
def test_probes_come_in_whatever_the_keys(database: Database, path: str) -> None:
    database.says = OtherKeys(["SECRET_KEY"])
    assert get(gate.Gate(application), path)[0] == "202 Accepted"


def test_a_database_that_is_back_opens_it(database: Database) -> None:
    door = gate.Gate(application)
    database.says = OperationalError()
    assert get(door)[0] == "503 Service Unavailable"
    database.says = True
    assert get(door)[0] == "202 Accepted"


def test_a_database_that_knows_no_keys_is_asked_again(database: Database) -> None:
    door = gate.Gate(application)
    database.says = False
    assert get(door)[0] == "202 Accepted"
    database.says = OtherKeys(["SECRET_KEY"])
    assert get(door)[0] == "503 Service Unavailable"


def test_the_log_says_it_once(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    database.says = OtherKeys(["SECRET_KEY"])
    door = gate.Gate(application)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            get(door)
    assert [record.message.count("--adopt-keys") for record in caplog.records] == [1]
