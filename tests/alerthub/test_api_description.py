"""The OpenAPI description and the page that shows it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from tests.callers import superuser

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


@pytest.fixture
def person() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("ann"))
    return client


def test_the_description_is_valid_and_without_warnings(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
    assert "/api/v1/deliveries/{id}/resend/" in file.read_text()


def test_nobody_reads_the_description_without_logging_in() -> None:
    answer = Client().get("/api/schema/")
    assert (answer.status_code, answer.json()["error"]) == (401, "not_authenticated")


def test_people_and_tokens_read_the_description(person: Client) -> None:
    assert [client.get("/api/schema/").status_code for client in (person, superuser())] == [200, 200]


def test_a_version_asked_for_does_not_get_into_a_header(person: Client) -> None:
    assert person.get("/api/schema/?version=%0d%0aX-Odd:1").status_code == 200


def test_the_page_asks_people_to_log_in() -> None:
    answer = Client().get("/api/docs/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/api/docs/")


def test_the_page_needs_no_other_server(person: Client) -> None:
    page = person.get("/api/docs/").text
    assert "/static/drf_spectacular_sidecar/" in page
    assert "https://" not in page
    assert "//cdn" not in page
