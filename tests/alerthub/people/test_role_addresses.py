"""Every address of the admin, walked as each role: what is shown opens, what is posted changes no more than it may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from alerthub.people import roles
from alerthub.people.roles import RESPONDER, ROUTE_EDITOR, VIEWER
from deliveries.models import Delivery
from routing.models import Target
from tests.alerthub import everything

# Who may do what does not depend on the database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

EVERY = sorted(admin.site._registry, key=lambda model: model.__name__)
NAMES = [role.name for role in roles.ROLES]
LINK = re.compile(r'href="(/admin/[^"?#]*)')
# Not pages of AlertHub's own.
NOT_FOLLOWED = ("/admin/logout/", "/admin/jsi18n/", "/admin/password_change/")
# Who may do what, who sends and who is told. API tokens are not among them: everybody has their own.
_FIXED = {"User", "Group", "Permission", "Target", "RocketChatServer", "Source", "IngestToken"}
_RULES = {"Rule", "TimeWindow", "SeverityAlias", "Template", "WallLink"}
_SENT = {"Delivery", "Attempt", "Lane", "Alert", "Acknowledgement", "Conversation", "Occurrence"}
# Enough to carry out whatever asks before it does something.
FILLED = {"post": "yes", "_save": "Save", "lasts": "1h", "deed": "give_up", "reason": "a try",
          "comment": "a try", "name": "a try", "matchers": "team=a"}  # fmt: skip
# Posting to every address with only this role leaves these as they were.
UNTOUCHED = {
    VIEWER: _FIXED | _RULES | _SENT | {"Silence", "Notification", "RejectedRequest", "Trouble"},
    RESPONDER: _FIXED | _RULES | {"Notification", "RejectedRequest", "Trouble"},
    ROUTE_EDITOR: _FIXED | {"Silence", "Alert", "Acknowledgement", "Notification", "RejectedRequest", "Trouble"},
}


@pytest.fixture(autouse=True)
def _rows() -> None:
    everything.make(timezone.now())


def enter(client: Client, role: str) -> None:
    client.force_login(everything.person(role))


def addresses(model: type[Model], pk: Any) -> Iterator[str]:
    """Every address of the model's admin, with that row wherever one is named."""
    prefix = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for pattern in admin.site._registry[model].get_urls():
        if isinstance(pattern, URLPattern):
            route = re.sub(r"<[^>]+>", str(pk), str(pattern.pattern))
            yield prefix + re.sub(r"\((\w+)\|[^)]*\)", r"\1", route).replace("\\", "").strip("^$")


def stored(names: set[str]) -> dict[str, list[Any]]:
    models = {model.__name__: model for model in apps.get_models() if model.__name__ in names}
    return {name: list(model._default_manager.order_by("pk").values()) for name, model in models.items()}


@pytest.mark.parametrize("role", UNTOUCHED)
@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_a_post_to_any_address_changes_no_more_than_the_role_may(client: Client, model: type[Model], role: str) -> None:
    enter(client, role)
    row = model._default_manager.order_by("-pk").first()
    assert row is not None, f"Make a {model.__name__} in tests/alerthub/everything.py, so that its pages are walked."
    form = FILLED | {"target": str(Target.objects.get(name="ops").pk), "ids": str(Delivery.objects.get(title="Old").pk)}
    before = stored(UNTOUCHED[role])
    for address in addresses(model, row.pk):
        client.post(address, form)
    assert stored(UNTOUCHED[role]) == before


@pytest.mark.parametrize("role", UNTOUCHED)
@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_an_action_on_a_list_changes_no_more_than_the_role_may(client: Client, model: type[Model], role: str) -> None:
    enter(client, role)
    page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    chosen = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)]
    before = stored(UNTOUCHED[role])
    for action in ["delete_selected", *(admin.site._registry[model].actions or ())]:
        client.post(page, {"action": action, "_selected_action": chosen, "post": "yes"})
    assert stored(UNTOUCHED[role]) == before


@pytest.mark.parametrize("number", ["9" * 30, "x"])
@pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
def test_an_address_made_by_hand_is_answered(client: Client, model: type[Model], number: str) -> None:
    enter(client, roles.ADMINISTRATOR)
    answers = {
        (method.__name__, address): method(address)
        for address in addresses(model, number)
        for method in (client.get, client.post)
    }
    # Most lead to the same few pages.
    leads_to = {answer.headers["Location"] for answer in answers.values() if answer.status_code == 302}
    answers |= {("then", address): client.get(address, follow=True) for address in leads_to}
    codes = {asked: answer.status_code for asked, answer in answers.items()}
    assert {asked: code for asked, code in codes.items() if code not in (200, 302, 400, 403, 404, 405)} == {}


@pytest.mark.parametrize("role", NAMES)
def test_what_a_page_links_to_opens(client: Client, role: str) -> None:
    enter(client, role)
    found_on, queue, refused = {"/admin/": ""}, ["/admin/"], {}
    while queue:
        page = queue.pop()
        answer = client.get(page, follow=True)
        if answer.status_code not in (200, 405):
            refused[page] = (answer.status_code, found_on[page])
        if answer.streaming:
            continue
        for link in LINK.findall(answer.content.decode()):
            if link not in found_on and not link.startswith(NOT_FOLLOWED):
                found_on[link] = page
                queue.append(link)
    assert refused == {}
