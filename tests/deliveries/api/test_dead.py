"""Dead letters through the REST API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from deliveries.models import Delivery, Intervention, Lane
from routing.models import Target
from tests.callers import caller, superuser
from tests.factories import make_rule, make_source, make_target, owed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nudged")]

LIST = "/api/v1/dead-letters/"


@pytest.fixture
def api() -> APIClient:
    return superuser("ann")


@pytest.fixture
def target() -> Target:
    target = make_target()
    make_rule(targets=[target])
    return target


@pytest.fixture
def letters(target: Target, now: datetime) -> list[int]:
    """One held, two expired; one more waits."""
    source = make_source()
    ids = [owed(source, now, group=f"g{number}")[0].pk for number in range(4)]
    Delivery.objects.filter(pk=ids[0]).update(state="held", reason="target_broken")
    Delivery.objects.filter(pk__in=ids[1:3]).update(state="expired", reason="too_late", ended_at=now)
    Lane.objects.create(target=target, broken_at=now, broken_reason="unauthorized")
    return ids[:3]


def post(api: APIClient, what: str, **body: Any) -> Any:
    return api.post(f"{LIST}{what}/", body)


def test_they_are_listed_with_counts_by_reason(api: APIClient, letters: list[int]) -> None:
    body = api.get(LIST).json()
    assert [row["id"] for row in body["results"]] == letters[::-1]
    assert body["counts"] == {"too_late": 2, "target_broken": 1}


def test_the_counts_keep_to_the_filters_and_not_to_the_page(api: APIClient, letters: list[int]) -> None:
    body = api.get(LIST, {"reason": "too_late", "limit": "1"}).json()
    assert (len(body["results"]), body["counts"]) == (1, {"too_late": 2})


def test_the_list_needs_the_same_number_of_statements_for_many(api: APIClient, letters: list[int]) -> None:
    def statements(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            api.get(LIST, {"limit": limit})
        return len(queries)

    statements(1)  # the token remembers once that it was used
    assert statements(1) == statements(50)


def test_they_are_sent_again_in_bulk(api: APIClient, letters: list[int], target: Target, nudged: list[int]) -> None:
    body = post(api, "send-again", ids=letters).json()
    assert (body["waiting_again"], [pair["id"] for pair in body["sent_again"]]) == (letters[:1], letters[1:])
    assert (api.get(LIST).json()["results"], nudged) == ([], [target.pk])


def test_they_are_given_up_with_a_reason(api: APIClient, letters: list[int]) -> None:
    body = post(api, "give-up", ids=letters, reason="It is over.").json()
    assert (body["given_up"], Intervention.objects.filter(reason="It is over.").count()) == (letters, 3)


def test_what_is_settled_already_is_named(api: APIClient, letters: list[int]) -> None:
    post(api, "give-up", ids=letters, reason="It is over.")
    assert post(api, "send-again", ids=letters).json()["skipped"] == letters


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("send-again", {}, "ids"),
        ("send-again", {"ids": []}, "ids"),
        ("send-again", {"ids": ["x"]}, "ids.0"),
        ("send-again", {"ids": [10**30]}, "ids.0"),
        ("send-again", {"ids": list(range(1, 10_002))}, "ids"),
        ("give-up", {"ids": [1]}, "reason"),
        ("give-up", {"ids": [1], "reason": "  "}, "reason"),
    ],
)
def test_an_odd_request_is_refused(api: APIClient, what: str, body: dict[str, Any], field: str) -> None:
    answer = post(api, what, **body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize(("what", "said"), [("send-again", {}), ("give-up", {"reason": "over"})])
def test_settling_needs_the_permission_to_change_deliveries(
    letters: list[int], what: str, said: dict[str, str]
) -> None:
    refused = post(caller("deliveries.view_delivery", name="bob"), what, ids=letters, **said)
    allowed = post(caller("deliveries.change_delivery", name="eve"), what, ids=letters, **said)
    assert (refused.status_code, allowed.status_code) == (403, 200)
    assert set(Intervention.objects.values_list("who", flat=True)) == {"eve"}


def test_seeing_them_needs_the_permission_to_see_deliveries(letters: list[int]) -> None:
    refused = caller("deliveries.view_alert", name="bob").get(LIST)
    assert (refused.status_code, caller("deliveries.view_delivery", name="eve").get(LIST).status_code) == (403, 200)


def test_a_delivery_shows_what_people_did_to_it(api: APIClient, letters: list[int]) -> None:
    post(api, "give-up", ids=letters[:1], reason="It is over.")
    [deed] = api.get(f"/api/v1/deliveries/{letters[0]}/").json()["interventions"]
    assert (deed["what"], deed["who"], deed["why"]) == ("give_up", "ann", "It is over.")


def test_sending_again_what_is_held_lets_it_wait_again(api: APIClient, letters: list[int]) -> None:
    answer = api.post(f"/api/v1/deliveries/{letters[0]}/resend/")
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (200, letters[0], "waiting")


def test_sending_again_what_a_disabled_target_holds_is_refused(api: APIClient, letters: list[int]) -> None:
    Target.objects.update(enabled=False)
    assert api.post(f"/api/v1/deliveries/{letters[0]}/resend/").status_code == 409
