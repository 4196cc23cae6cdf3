"""Requests made by hand, to every address there is: never an error of ours, and what is wrong is said in a sentence."""

from __future__ import annotations

import itertools
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from alerthub.people import roles
from deliveries.models import Worker
from deliveries.send import sender
from deliveries.wake import nudge
from tests.alerthub import everything, handmade, inputs
from tests.alerthub.handmade import BODIES, CONTENT_TYPES, IDS, METHODS, NAMES, OF_LISTS, VALUES, Asker, filled, real

pytestmark = pytest.mark.django_db

# Nobody is logged out in the middle of the walk.
ADDRESSES = sorted(set(handmade.addresses()) - {"/admin/logout/"})
PAGES = [address for address in ADDRESSES if not address.startswith("/api/")]
# Where pages leave it all to Django: some are as good as all.
SOME_PAGES = PAGES[::4]
API = [address for address in ADDRESSES if address.startswith("/api/")]
# What answers more than that one has to log in.
OPEN = [*(address for address in PAGES if not address.startswith("/admin/")), "/admin/", "/admin/login/", *API[::4]]
LISTS = {f"/admin/{model._meta.app_label}/{model._meta.model_name}/": model for model in admin.site._registry}


@pytest.fixture(autouse=True)
def _rows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    everything.make(now)
    # Ready for as long as the walk takes.
    Worker.objects.create(name="w1", started_at=now, seen_at=now + timedelta(hours=1))
    monkeypatch.setattr(nudge, "targets", lambda target_ids: None)
    monkeypatch.setattr(sender, "send_now", lambda *args, **kwargs: None)


@pytest.fixture
def asker(request: pytest.FixtureRequest) -> Asker:
    """An administrator, unless the test names another role, or nobody."""
    client = Client(raise_request_exception=False)
    role = getattr(request, "param", roles.ADMINISTRATOR)
    if role:
        client.force_login(everything.person(role))
    return Asker(client)


def test_every_address_answers_every_method(asker: Asker) -> None:
    methods = itertools.cycle(METHODS)
    for address in (*SOME_PAGES, *API):
        asker.ask(next(methods), real(address))
    for address in API:
        for method in ("OPTIONS", "DELETE"):
            asker.ask(method, real(address))
    assert not asker.bad, "\n".join(asker.bad)


@pytest.mark.parametrize("asker", [roles.ADMINISTRATOR, roles.VIEWER, ""], indirect=True)
def test_every_address_answers_odd_ids(asker: Asker) -> None:
    ids, methods = itertools.cycle(IDS), itertools.cycle(["GET", "POST", "GET"])
    for address in ADDRESSES:
        if "{}" in address:
            asker.ask(next(methods), filled(address, next(ids), next(ids)), b"{}")
    assert not asker.bad, "\n".join(asker.bad)


@pytest.mark.parametrize("asker", [roles.ADMINISTRATOR, ""], indirect=True)
def test_every_address_answers_odd_questions(asker: Asker, request: pytest.FixtureRequest) -> None:
    values = itertools.cycle(VALUES)
    is_somebody = request.node.callspec.params["asker"]
    for address in ADDRESSES if is_somebody else OPEN:
        asker.ask("GET", real(address) + "?" + handmade.query(NAMES, values))
    assert not asker.bad, "\n".join(asker.bad)


def test_every_list_answers_odd_filters(asker: Asker) -> None:
    names, values = itertools.cycle(OF_LISTS), itertools.cycle(VALUES)
    for address in LISTS:
        shown = asker.client.get(address).context["cl"]
        declared = [name for spec in shown.filter_specs for name in spec.expected_parameters() if name]
        for asked in (declared, [next(names)], [next(names)]):
            asker.ask("GET", f"{address}?{handmade.query(asked, values)}")
    assert not asker.bad, "\n".join(asker.bad)


def test_every_new_form_answers_what_cannot_be_filled_in(asker: Asker) -> None:
    values = itertools.cycle(VALUES)
    for address, model in LISTS.items():
        names = handmade.fields(model)
        asker.ask("GET", f"{address}add/?{handmade.query(names, values)}")
    assert not asker.bad, "\n".join(asker.bad)


def test_a_form_answers_an_odd_value_among_good_ones(asker: Asker) -> None:
    values = itertools.cycle(VALUES)
    for address in LISTS:
        page = real(f"{address}{{}}/change/")
        shown = asker.client.get(page).content.decode()
        names, sent = inputs.of(shown)
        for odd in names[::4]:
            good = [(name, value) for name, value in sent if name != odd]
            form = urlencode([*good, (odd, next(values)), ("reason", "a try"), ("_save", "Save")])
            asker.ask("POST", page, form, "application/x-www-form-urlencoded")
    assert asker.asked > 30
    assert not asker.bad, "\n".join(asker.bad)


def test_every_row_goes_with_all_that_hangs_on_it(asker: Asker) -> None:
    form = {"post": "yes", "reason": "a try"}
    for address, model in LISTS.items():
        pk = str(model._default_manager.order_by("pk").values_list("pk", flat=True)[0])
        asker.form(f"{address}{pk}/delete/", form, iter(form.values()))
        chosen = form | {"action": "delete_selected", "_selected_action": pk}
        asker.form(address, chosen, iter(chosen.values()))
    assert not asker.bad, "\n".join(asker.bad)


def test_every_page_answers_odd_forms(asker: Asker) -> None:
    values = itertools.cycle(VALUES)
    for address in PAGES:
        asker.form(real(address), NAMES, values)
    assert not asker.bad, "\n".join(asker.bad)


def test_every_address_answers_odd_content(asker: Asker) -> None:
    types, bodies = itertools.cycle(CONTENT_TYPES), itertools.cycle(BODIES)
    for address in (*SOME_PAGES, *API):
        asker.ask("POST", real(address), next(bodies), next(types))
    assert not asker.bad, "\n".join(asker.bad)


def test_every_address_of_the_api_answers_odd_bodies(asker: Asker) -> None:
    bodies = itertools.cycle(BODIES)
    for address in API:
        for method in ("POST", "PATCH"):
            asker.ask(method, real(address), next(bodies))
    assert not asker.bad, "\n".join(asker.bad)
