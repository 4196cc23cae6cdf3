"""/api/v1/troubles: read, filtered, never changed."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries.models import Trouble
from tests.callers import caller, superuser

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/troubles/"


@pytest.fixture(autouse=True)
def _two(now: datetime) -> None:
    Trouble.objects.create(kind="target", subject="ops", detail="It is down.", since=now, told_at=now)
    Trouble.objects.create(kind="worker", subject="h:1", since=now, ended_at=now)


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ({}, ["h:1", "ops"]),
        ({"open": "true"}, ["ops"]),
        ({"open": "false"}, ["h:1"]),
        ({"kind": "worker"}, ["h:1"]),
        ({"kind": ["worker", "target"]}, ["h:1", "ops"]),
        ({"since_after": "2026-11-23T10:03:00Z"}, []),
    ],
)
def test_troubles_are_listed(query: dict[str, str], subjects: list[str]) -> None:
    answer = caller("deliveries.view_trouble").get(ADDRESS, query)
    assert [row["subject"] for row in answer.json()["results"]] == subjects


def test_one_trouble_tells_its_course(now: datetime) -> None:
    row = caller("deliveries.view_trouble").get(f"{ADDRESS}{Trouble.objects.earliest('id').pk}/").json()
    assert (row["kind"], row["detail"], row["ended_at"]) == ("target", "It is down.", None)


def test_troubles_are_not_changed() -> None:
    assert superuser().post(ADDRESS, {}).status_code == 405


def test_troubles_need_the_permission_to_see_them() -> None:
    assert caller().get(ADDRESS).status_code == 403
