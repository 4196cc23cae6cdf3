"""What is answered where no view answers: a page with a sentence for people, JSON for programs."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from deliveries.admin import tester
from routing.api import views
from tests import callers, factories

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

NESTED = "{% for a in alerts %}" * 30 + "{% endfor %}" * 30
DIGITS = "{{ " + "9" * 5000 + " }}"


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The page of the rule tester, and the API's list of rules."""

    def fail(*_: object, **__: object) -> Any:
        raise error

    monkeypatch.setattr(tester.TesterForm, "__init__", fail)
    monkeypatch.setattr(views.RuleViewSet, "get_queryset", fail)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (OverflowError("int too large"), 400, "none that AlertHub can use"),
        (OperationalError("connection refused"), 503, "/readyz says more"),
        (ZeroDivisionError(), 500, "its log says more"),
    ],
    ids=repr,
)
def test_page_and_api_judge_alike(
    browser: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, said: str
) -> None:
    fails(monkeypatch, error)
    page, told = browser.get("/admin/tester/"), callers.superuser().get("/api/v1/rules/")
    assert (page.status_code, told.status_code) == (status, status)
    assert said in page.content.decode()
    assert said in told.json()["detail"]
    assert page.headers.get("Retry-After") == told.headers.get("Retry-After")


def test_a_database_that_is_away_is_one_line_of_a_kind(
    browser: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fails(monkeypatch, OperationalError("connection refused"))
    browser.get("/admin/tester/")
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [(line.exc_info, hasattr(line, "seldom")) for line in lines] == [(None, True)]
    assert "connection refused" in lines[0].getMessage()


def test_a_mistake_of_ours_is_logged_with_its_traceback(
    browser: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fails(monkeypatch, ZeroDivisionError())
    browser.get("/admin/tester/")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "text/html"),
        ("/admin/logout/", "text/html"),
        ("/health", "application/json"),
        ("/metrics", "application/json"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_said(browser: Client, address: str, kind: str) -> None:
    answer = browser.generic("BREW", address)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (405, kind)
    assert "does not take that method" in answer.content.decode()
    assert answer.headers["Allow"]


def test_a_form_without_its_token_is_told_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    answer = client.post("/admin/tester/", {"labels": "a=b"})
    assert answer.status_code == 403
    assert "reload the page and send it again" in answer.content.decode()


def test_a_form_with_too_many_fields_is_told_so(browser: Client, settings: Any) -> None:
    answer = browser.post(
        "/admin/tester/", {f"field{n}": "x" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    )
    assert answer.status_code == 400
    assert "more fields than any form" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/api/v1/impact/", "/api/v1/tryout/", "/api/v1/rules/", "/api/v1/dead-letters/give-up/"]
)
def test_options_says_what_may_be_done(address: str) -> None:
    answer = callers.superuser().options(address)
    assert (answer.status_code, "OPTIONS" in answer.json()["methods"]) == (200, True)


def test_half_a_character_is_answered_as_it_came() -> None:
    answer = callers.superuser().generic("POST", "/api/v1/rules/", '{"\\ud800": 1}', content_type="application/json")
    assert (answer.status_code, "\ud800" in json.loads(answer.content)["detail"]) == (400, True)


@pytest.mark.parametrize(
    "template", [NESTED, DIGITS, "{{ " + "(" * 900 + ")" * 900 + " }}"], ids=["nested", "digits", "brackets"]
)
@pytest.mark.parametrize("field", ["headline", "card"])
def test_a_template_that_cannot_be_read_is_told_to_who_wrote_it(browser: Client, field: str, template: str) -> None:
    form = {"name": "odd", "headline": "", "card": "", field: template}
    told = callers.superuser().post("/api/v1/templates/", form)
    assert (told.status_code, list(told.json()["fields"])) == (400, [field])
    assert browser.post("/admin/routing/template/add/", form).status_code == 200
    assert browser.post("/admin/routing/template/preview/", form).status_code == 200


@pytest.mark.parametrize(
    "kind", ["deliveries/alert", "deliveries/delivery", "routing/rule", "routing/silence", "auth/user"]
)
def test_a_search_that_is_too_long_is_told_so(browser: Client, kind: str) -> None:
    answer = browser.get(f"/admin/{kind}/", {"q": "word " * 1500}, follow=True)
    assert answer.status_code == 200
    assert "A search has at most" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("ends_at", "x"), ("starts_at", "0001-01-01"), ("ends_at", "9999-12-31 23:59"), ("ends_at", "2026-02-30 10:00")],
)
def test_a_prefill_that_is_no_moment_is_left_out_and_said(browser: Client, field: str, value: str) -> None:
    answer = browser.get("/admin/routing/silence/add/", {field: value, "matchers": "team=a"})
    page = answer.content.decode()
    assert "fills in what cannot be read" in page
    assert "team=a" in page


@pytest.mark.parametrize(
    ("field", "value"), [("targets", "x"), ("targets", "9" * 30), ("template", "x"), ("position", "x")]
)
def test_a_prefill_that_no_row_has_is_left_out_and_said(browser: Client, field: str, value: str) -> None:
    answer = browser.get("/admin/routing/rule/add/", {field: value, "name": "Web"})
    assert (answer.status_code, 'value="Web"' in answer.content.decode()) == (200, True)
    assert "fills in what cannot be read" in answer.content.decode()


def test_a_prefill_that_can_be_read_is_filled_in(browser: Client) -> None:
    target = factories.make_target()
    answer = browser.get("/admin/routing/rule/add/", {"targets": str(target.pk), "name": "Web"})
    assert answer.context["adminform"].form.initial["targets"] == [target.pk]
    assert "fills in what cannot be read" not in answer.content.decode()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1999-12-31T00:00:00Z"])
def test_a_moment_no_time_zone_tells_is_refused_by_the_api(moment: str) -> None:
    silence = {"matchers": "team=a", "starts_at": "2026-11-28T10:00:00Z", "ends_at": moment, "comment": "x"}
    told = callers.superuser().post("/api/v1/silences/", silence)
    assert (told.status_code, list(told.json()["fields"])) == (400, ["ends_at"])
