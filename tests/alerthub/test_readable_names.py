"""Names that are not what they look like are refused where they are entered, with what is wrong and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from deliveries.models import Acknowledgement, Alert, SavedFilter
from routing.models import Rule, Silence, Target
from routing.models.text import Line, Prose
from tests import callers, factories
from tests.alerthub import everything

# It is asked before any database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

HIDDEN = "db\u202eroom"
SENTENCE = "There is an invisible character (U+202E) at character 3: delete it."
OURS = [model for app in ("routing", "deliveries") for model in apps.get_app_config(app).get_models()]
# Written by AlertHub itself: what happened, and records of what was.
WRITTEN = {
    "deliveries": {model.__name__ for model in apps.get_app_config("deliveries").get_models()} - {"SavedFilter"},
    "routing": {"KeyFingerprints"},
}
# Matchers have a language of their own, which refuses what is invisible where it is not quoted.
OTHERWISE = {("Rule", "matchers"), ("Silence", "matchers"), ("SavedFilter", "query"), ("Target", "avatar_url")}
NAMED: dict[str, dict[str, Any]] = {
    "sources": {}, "targets": {"webhook_url": factories.HOOK_URL}, "templates": {"headline": "x"},
    "windows": {"intervals": []}, "rules": {"enabled": False},
    "servers": {"base_url": "https://chat.example", "user_id": "bot", "access_token": "s3cr3tAccess"},
}  # fmt: skip


def texts() -> Iterator[tuple[type[models.Model], Any]]:
    """What people may enter in rows of ours."""
    for model in OURS:
        if model.__name__ in WRITTEN.get(model._meta.app_label, ()) or hasattr(model, "instance_type"):
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField) and field.editable and not field.choices:
                yield model, field


@pytest.fixture
def api() -> APIClient:
    return callers.superuser()


@pytest.fixture
def person(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


@pytest.mark.parametrize(("model", "field"), list(texts()), ids=lambda one: getattr(one, "__name__", None) or one.name)
def test_every_text_of_a_row_is_a_line_or_prose(model: type[models.Model], field: Any) -> None:
    if (model.__name__, field.name) not in OTHERWISE:
        assert isinstance(field, Line | Prose)
        with pytest.raises(ValidationError, match="at character 3"):
            field.run_validators(HIDDEN)


@pytest.mark.parametrize("name", NAMED)
def test_the_api_refuses_a_name_with_what_nobody_sees(api: APIClient, name: str) -> None:
    answer = api.post(f"/api/v1/{name}/", {"name": HIDDEN} | NAMED[name])
    assert (answer.status_code, answer.json()["fields"]["name"]) == (400, [SENTENCE])


@pytest.mark.parametrize(
    ("name", "sent", "field"),
    [
        ("severity-words", {"word": HIDDEN, "severity": "info"}, "word"),
        ("api-tokens", {"name": HIDDEN}, "name"),
        ("rules", {"name": "x", "enabled": False, "severities": [HIDDEN]}, "severities"),
        ("silences", {"matchers": "a=b", "ends_at": "2099-01-01T00:00:00Z", "comment": HIDDEN}, "comment"),
        ("sources", {"name": "x", "reason": HIDDEN}, "reason"),
        ("dead-letters/give-up", {"ids": [1], "reason": HIDDEN}, "reason"),
    ],
)
def test_the_api_refuses_other_words_alike(api: APIClient, name: str, sent: dict[str, Any], field: str) -> None:
    answer = api.post(f"/api/v1/{name}/", sent)
    assert (answer.status_code, answer.json()["fields"][field]) == (400, [SENTENCE])


def test_every_form_of_the_admin_refuses_a_line_with_what_nobody_sees(person: Client) -> None:
    everything.make(timezone.now())
    silent = []
    for model, pages in admin.site._registry.items():
        if model._meta.app_label == "deliveries":
            continue
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
        form = person.get(address).context["adminform"].form
        lines = [name for name in form.fields if isinstance(_column(model, name), models.CharField)]
        lines = [name for name in lines if not _column(model, name).choices and name != "password"]
        answer = person.post(address, dict.fromkeys(lines, HIDDEN))
        errors = answer.context["adminform"].form.errors
        silent += [(pages, name) for name in lines if not errors.get(name)]
    assert silent == []


def _column(model: type[models.Model], name: str) -> Any:
    return next((field for field in model._meta.concrete_fields if field.name == name), None)


def test_a_form_says_what_is_wrong_and_where(person: Client) -> None:
    assert SENTENCE in person.post("/admin/routing/source/add/", {"name": HIDDEN}).text


def test_a_person_is_no_exception(person: Client) -> None:
    ann = User.objects.get(username="ann")
    person.post(f"/admin/auth/user/{ann.pk}/change/", {"username": "ann", "first_name": HIDDEN, "is_active": "on"})
    ann.refresh_from_db()
    assert ann.first_name == ""


def test_a_kept_filter_has_a_readable_name(person: Client) -> None:
    form = {"name": HIDDEN, "query": "state__exact=held"}
    told = person.post("/admin/deliveries/delivery/filters/", form, follow=True)
    assert (SavedFilter.objects.exists(), SENTENCE in told.text) == (False, True)


def test_why_somebody_acknowledges_is_kept_without_it(person: Client) -> None:
    everything.make(timezone.now())
    alert = Alert.objects.get(name="DiskFull")
    person.post(f"/admin/deliveries/alert/{alert.pk}/acknowledge/", {"comment": HIDDEN})
    assert Acknowledgement.objects.get().comment == "dbroom"


def test_a_reason_that_no_form_checks_is_kept_without_it(person: Client) -> None:
    target = factories.make_target()
    person.post(f"/admin/routing/target/{target.pk}/delete/", {"post": "yes", "reason": HIDDEN})
    assert Target.history.order_by("-history_id")[0].history_change_reason == "dbroom"


@pytest.mark.parametrize("severities", [["x" * 51], [f"s{n}" for n in range(51)]])
def test_a_rule_has_as_many_severities_in_model_and_api(api: APIClient, severities: list[str]) -> None:
    rule = factories.make_rule(severities=severities)
    with pytest.raises(ValidationError, match="most 50"):
        rule.full_clean()
    assert api.post("/api/v1/rules/", {"name": "y", "severities": severities, "enabled": False}).status_code == 400


def test_a_comment_is_as_long_in_model_and_api(api: APIClient) -> None:
    silence = factories.make_silence("a=b", timezone.now(), comment="x" * 1001)
    with pytest.raises(ValidationError, match="1000"):
        silence.full_clean()
    sent = {"matchers": "a=b", "ends_at": "2099-01-01T00:00:00Z", "comment": "x" * 1001}
    assert list(api.post("/api/v1/silences/", sent).json()["fields"]) == ["comment"]
    assert Silence.objects.count() == 1


def test_a_rule_names_as_many_targets_in_form_and_api(api: APIClient, person: Client) -> None:
    targets = [factories.make_target(f"t{number}").pk for number in range(101)]
    asked = api.post("/api/v1/rules/", {"name": "many", "targets": targets})
    shown = person.post(
        "/admin/routing/rule/add/", {"name": "many", "position": 1, "enabled": "on", "targets": targets}
    )
    assert (asked.status_code, "Choose at most 100." in shown.text) == (400, True)
    assert not Rule.objects.filter(name="many").exists()
