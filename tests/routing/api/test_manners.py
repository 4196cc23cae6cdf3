"""What every address of the REST API has in common: slashes, pages, errors in one shape."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from routing.api.views import TargetViewSet
from routing.models import SeverityAlias
from tests import factories
from tests.callers import superuser

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


@pytest.fixture
def api() -> APIClient:
    return superuser()


@pytest.fixture
def three_words() -> None:
    SeverityAlias.objects.all().delete()
    for word in ("a", "b", "c"):
        SeverityAlias.objects.create(word=word, severity="info")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1",
        "/api/v1/",
        "/api/v1/rules",
        "/api/v1/rules/",
        "/api/schema",
        "/api/schema/",
        "/api/docs",
        "/api/docs/",
    ],
)
def test_an_address_answers_with_and_without_the_slash(api: APIClient, path: str) -> None:
    assert api.get(path).status_code == 200


def test_a_post_without_the_slash_is_not_redirected(api: APIClient) -> None:
    assert api.post("/api/v1/severity-words", {"word": "oops", "severity": "critical"}).status_code == 201


def test_the_root_lists_what_there_is(api: APIClient) -> None:
    assert {"sources", "targets", "rules", "alerts", "notifications", "deliveries"} <= api.get("/api/v1/").json().keys()


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing/", "/api/nothing", "/api/v1//rules", "/api/v1/rules/1/nothing", "/api/"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_told_in_json(api: APIClient, path: str, method: str) -> None:
    answer = getattr(APIClient(enforce_csrf_checks=True), method)(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("row", ["0", "999999", "9" * 30, "abc", "1.5"])
def test_a_row_that_is_not_there_is_told_in_json(api: APIClient, row: str) -> None:
    answer = api.get(f"/api/v1/rules/{row}/")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_a_wrong_method_is_told_in_json(api: APIClient) -> None:
    answer = api.post("/api/v1/alerts/", {})
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")


def test_a_form_is_not_taken(api: APIClient) -> None:
    answer = api.post("/api/v1/rules/", "name=x", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")


def test_an_error_names_the_fields_and_says_it_in_a_sentence(api: APIClient) -> None:
    body = api.post("/api/v1/severity-words/", {"word": "oops"}).json()
    assert body == {
        "error": "invalid",
        "detail": "severity: This field is required.",
        "fields": {"severity": ["This field is required."]},
    }


def test_an_error_deep_inside_has_a_dotted_name(api: APIClient) -> None:
    body = api.post("/api/v1/rules/", {"name": "x", "severities": ["critical", {}]}).json()
    assert list(body["fields"]) == ["severities.1"]


def test_trouble_with_the_database_is_a_503(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(view: TargetViewSet) -> None:
        raise OperationalError("connection to server at 10.0.0.1 failed: password is hunter2")

    monkeypatch.setattr(TargetViewSet, "get_queryset", broken)
    answer = api.get("/api/v1/targets/")
    assert (answer.status_code, answer["Retry-After"], "hunter2" in answer.text) == (503, "5", False)


def test_a_mistake_of_ours_is_json_without_details(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TargetViewSet, "get_queryset", lambda view: {"open": 1}["secret"])
    answer = api.get("/api/v1/targets/")
    assert (answer.status_code, answer.json()["error"], "secret" in answer.text) == (500, "internal", False)


def test_a_page_has_as_many_rows_as_asked_for(api: APIClient, three_words: None) -> None:
    assert len(api.get("/api/v1/severity-words/?limit=2").json()["results"]) == 2


def test_following_next_shows_every_row_once(api: APIClient, three_words: None) -> None:
    first = api.get("/api/v1/severity-words/?limit=2").json()
    second = api.get(first["next"]).json()
    assert [row["word"] for row in first["results"] + second["results"]] == ["a", "b", "c"]
    assert second["next"] is None


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "", "9" * 5000, "٣"])
def test_an_impossible_limit_is_refused(api: APIClient, limit: str) -> None:
    assert api.get("/api/v1/rules/", {"limit": limit}).json()["fields"].keys() == {"limit"}


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cD0tMQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk="])
def test_a_made_up_cursor_is_refused(api: APIClient, cursor: str) -> None:
    assert api.get("/api/v1/rules/", {"cursor": cursor}).json()["fields"].keys() == {"cursor"}


@pytest.mark.parametrize(
    "name", ["sources", "targets", "rules", "alerts", "notifications", "deliveries", "rejected-requests"]
)
def test_a_filter_nobody_knows_is_refused_by_name(api: APIClient, name: str) -> None:
    answer = api.get(f"/api/v1/{name}/?stat=waiting")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["stat"])


@pytest.mark.parametrize("name", ["sources", "targets", "rules"])
def test_a_longer_list_needs_no_further_queries(api: APIClient, name: str) -> None:
    def rows(count: int, label: str) -> None:
        for number in range(count):
            target = factories.make_target(f"{label}{number}")
            factories.make_rule(f"{label}{number}", [target])
            factories.make_source(f"{label}{number}").new_token("am")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(f"/api/v1/{name}/").status_code == 200
        return len(captured)

    rows(2, "few")
    queries()  # the first one writes down that the token was used
    few = queries()
    rows(10, "many")
    assert queries() == few
