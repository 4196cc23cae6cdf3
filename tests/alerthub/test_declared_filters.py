"""No list can be asked about what it does not show: only declared filters narrow it, in the admin and in the REST API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.http import urlencode
from rest_framework.test import APIClient

from alerthub.people import roles
from deliveries.models import SavedFilter
from routing.admin.declared import Unreadable
from tests.alerthub import everything
from tests.callers import api_token, with_token

# Which parameters are taken is asked before the database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

MODELS = sorted(admin.site._registry, key=lambda model: model.__name__)
# What a row keeps and nobody sees, and the ways to it from other rows.
SEALED = ("webhook_sealed", "token_sealed", "digest", "password", "query", "body", "session_key", "history_secret")
WAYS = (
    "",
    "target__",
    "server__",
    "user__",
    "owner__",
    "tokens__",
    "api_tokens__",
    "notification__",
    "history__",
    "source__tokens__",
)


@pytest.fixture(autouse=True)
def _rows() -> None:
    everything.make(timezone.now())


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(everything.person(roles.VIEWER))
    return client


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "", "x"))
    return client


@pytest.fixture
def api() -> APIClient:
    return with_token(api_token(User.objects.create_superuser("api", "", "x")))


def takes(model: type[Model], request: HttpRequest, name: str) -> bool:
    """Whether the list of the model can be asked for it."""
    request.GET = QueryDict(urlencode({name: "1"}))
    try:
        admin.site._registry[model].get_changelist_instance(request)
    except Unreadable:
        return False
    return True


def is_refused(browser: Client, address: str, asked: dict[str, str]) -> bool:
    """The clean list, with a message."""
    answer = browser.get(address, asked)
    return answer.status_code == 302 and answer["Location"] == address


def undeclared(model: type[Model]) -> Iterator[str]:
    """Lookups on every column of the row, and on what is sealed of the rows it points to."""
    for field in model._meta.concrete_fields:
        yield from (f"{field.name}{lookup}" for lookup in ("__startswith", "__gt"))
    yield from (f"{way}{column}{lookup}" for way in WAYS for column in SEALED for lookup in ("", "__startswith"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_takes_no_lookup_that_no_filter_declares(model: type[Model]) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("root", "", "x")
    assert [name for name in undeclared(model) if takes(model, request, name)] == []


def test_a_viewer_cannot_guess_the_address_of_a_webhook(viewer: Client) -> None:
    assert is_refused(viewer, "/admin/routing/target/", {"webhook_sealed__startswith": "gAAAA"})


def test_the_refusal_says_what_happened(viewer: Client) -> None:
    shown = viewer.get("/admin/routing/target/", {"webhook_sealed__startswith": "gAAAA"}, follow=True)
    assert "could not be read: here is the list" in shown.text


def test_an_export_is_narrowed_by_declared_filters_only(viewer: Client) -> None:
    answer = viewer.get("/admin/deliveries/delivery/export.csv", {"target__webhook_sealed__startswith": "g"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/deliveries/delivery/")


def test_a_kept_filter_opens_no_other_way(viewer: Client) -> None:
    form = {"name": "mine", "query": "target__webhook_sealed__startswith=g"}
    viewer.post("/admin/deliveries/delivery/filters/", form)
    kept = SavedFilter.objects.get().query
    assert viewer.get(f"/admin/deliveries/delivery/?{kept}").status_code == 302


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("/admin/deliveries/delivery/", {"state__exact": "held", "last": "24", "severity": "critical"}),
        ("/admin/deliveries/delivery/", {"target__id__exact": "1", "rule__id__exact": "1", "kind__exact": "digest"}),
        ("/admin/deliveries/delivery/", {"notification__source__id__exact": "1", "created_at_from_0": "2026-01-01"}),
        ("/admin/deliveries/delivery/", {"carried_by__id__exact": "1", "q": "x", "p": "1", "o": "-1", "all": "", "e": "1"}),
        ("/admin/deliveries/deadletter/", {"state": "held", "reason": "too_late", "target__id__exact": "1"}),
        ("/admin/deliveries/notification/", {"state__exact": "unread", "last": "1", "source__id__exact": "1"}),
        ("/admin/deliveries/alert/", {"status": "firing", "attention": "open", "source__id__exact": "1"}),
        ("/admin/deliveries/trouble/", {"state": "open", "kind__exact": "late"}),
        ("/admin/routing/target/", {"enabled__exact": "1", "server__id__exact": "1"}),
        ("/admin/routing/silence/", {"state": "active"}),
        ("/admin/auth/user/", {"groups__id__exact": "1", "is_active__exact": "1"}),
    ],
)  # fmt: skip
def test_the_filters_that_pages_offer_and_link_to_are_taken(root: Client, address: str, asked: dict[str, str]) -> None:
    assert root.get(address, asked).status_code == 200


def test_the_api_knows_no_other_filter(api: APIClient) -> None:
    # The report is one thing, and no list.
    lists = [address for name, address in api.get("/api/v1/").json().items() if name != "report"]
    sealed = {f"{way}{column}__startswith": "a" for way in ("", "target__", "tokens__") for column in SEALED}
    asked = sealed | dict.fromkeys(("ordering", "order", "fields", "search"), "a")
    refused = {address: set(answer.json().get("fields", ())) for address in lists
               if (answer := api.get(address, asked)).status_code == 400}  # fmt: skip
    # A list without filters and pages is asked about nothing.
    assert refused == {key: set(asked) for key in refused}
    assert len(refused) > 12
