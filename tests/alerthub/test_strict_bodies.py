"""Every address of the API that takes a body refuses fields it does not know, by name: a typo is no change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from routing.models import Rule, TimeWindow
from tests.alerthub import everything
from tests.callers import superuser

# It is asked before the database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

TYPO = {"no_such_field": 1}


@pytest.fixture
def api() -> APIClient:
    everything.make(timezone.now())
    caller = superuser()
    caller.post("/api/v1/api-tokens/", {"name": "script"})
    return caller


def writes() -> Iterator[tuple[str, str]]:
    for path, operations in SchemaGenerator().get_schema(request=None, public=True)["paths"].items():
        yield from ((method, path) for method in operations if method != "get")


WRITES = sorted(writes())


def place(api: APIClient, path: str) -> str:
    """The address with the ids of rows that are there."""
    while "{" in path:
        before, _, rest = path.partition("{")
        found = api.get(before).json()["results"]
        assert found, f"Make a row of {before} in tests/alerthub/everything.py."
        path = f"{before}{found[0]['id']}{rest.partition('}')[2]}"
    return path


@pytest.mark.parametrize(("method", "path"), WRITES, ids=lambda one: one.removeprefix("/api/v1"))
def test_a_field_that_does_not_exist_is_refused_by_its_name(api: APIClient, method: str, path: str) -> None:
    answer = getattr(api, method)(place(api, path), TYPO)
    assert (answer.status_code, list(answer.json().get("fields", ()))) == (400, ["no_such_field"]), answer.text
    assert answer.json()["detail"].startswith("no_such_field: There is no such field.")


def test_the_refusal_says_what_there_is(api: APIClient) -> None:
    said = api.post("/api/v1/severity-words/", {"wrod": "x"}).json()["fields"]["wrod"]
    assert said == ["There is no such field. There are: word, severity, reason."]


@pytest.mark.parametrize(
    ("path", "sent", "name"),
    [
        (
            "windows",
            {"name": "x", "intervals": [{"times": "09:00-10:00"}, {"time": "09:00-10:00"}]},
            "intervals.1.time",
        ),
        ("impact", {"rule": {"name": "x", "matcher": "a=b"}}, "rule.matcher"),
        ("dead-letters/give-up", {"ids": [1], "reason": "x", "target": 1}, "target"),
    ],
)
def test_also_inside(api: APIClient, path: str, sent: dict[str, Any], name: str) -> None:
    answer = api.post(f"/api/v1/{path}/", sent)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_nothing_of_a_refused_change_is_kept(api: APIClient) -> None:
    window = TimeWindow.objects.get()
    api.patch(f"/api/v1/windows/{window.pk}/", {"note": "new", "intervals": [{"tmies": "x"}]})
    window.refresh_from_db()
    assert (window.note, window.intervals.count()) == ("", 1)


def test_a_row_may_be_sent_back_as_it_was_read(api: APIClient) -> None:
    rule = Rule.objects.get(name="Web")
    address = f"/api/v1/rules/{rule.pk}/"
    read = api.get(address).json()
    answer = api.put(address, read)
    assert (answer.status_code, answer.json()) == (200, read)


def test_many_unknown_fields_do_not_make_a_long_answer(api: APIClient) -> None:
    answer = api.post("/api/v1/sources/", {f"field{number}" * 50: 1 for number in range(1000)})
    assert (answer.status_code, len(answer.content) < 10_000) == (400, True)
