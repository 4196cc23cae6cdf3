"""Every number that people can enter has two ends, the same in model, form, REST API and its description."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.test import Client, RequestFactory
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from deliveries.admin.readonly import ReadOnly
from routing.inputs.bounds import Bounds
from routing.models import Rule, Source, Target
from routing.models.number import WholeNumber
from tests import callers, factories

# What keeps the ends is asked before any database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

MIGRATION = import_module("routing.migrations.0009_numbers_within_bounds")
SIZES = (-(2**63) - 1, 2**31, 2**63, 10**400)
ROWS = {"targets": "target", "servers": "rocketchatserver", "sources": "source", "rules": "rule"}


def edited() -> Iterator[type[models.Model]]:
    """What has pages on which it is changed, with the rows inside those pages."""
    for model, pages in admin.site._registry.items():
        if not isinstance(pages, ReadOnly):
            yield model
            yield from (inline.model for inline in pages.inlines)


def numbers(model: type[models.Model]) -> list[Any]:
    kinds = (models.IntegerField, models.FloatField, models.DecimalField, models.DurationField)
    found = [field for field in model._meta.concrete_fields if isinstance(field, kinds) and not field.primary_key]
    return [field for field in found if field.editable and not field.is_relation]


NUMBERS = [(model, field) for model in edited() for field in numbers(model)]

# Connecting may not take longer than the call it belongs to, and no alert is closed before it could be told again.
BESIDE = {
    "connect_timeout": {"timeout": 30}, "timeout": {"connect_timeout": 1},
    "repeat_interval": {"close_after": 0}, "close_after": {"repeat_interval": 60},
}  # fmt: skip


@pytest.fixture
def rows() -> dict[str, int]:
    """One of each kind, by its name in the API."""
    target, server, source = factories.make_target(), factories.make_server(), factories.make_source()
    rule = factories.make_rule(targets=[target])
    return {"targets": target.pk, "servers": server.pk, "sources": source.pk, "rules": rule.pk}


@pytest.fixture
def person(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


def test_there_are_numbers_to_walk() -> None:
    assert {field.name for _, field in NUMBERS} >= {"rate_limit_calls", "position", "duplicate_window", "timeout"}


@pytest.mark.parametrize(("model", "field"), NUMBERS, ids=lambda one: getattr(one, "__name__", None) or one.name)
def test_every_number_of_a_row_says_its_ends(model: type[models.Model], field: Any) -> None:
    assert isinstance(field, WholeNumber), f"Make {model.__name__}.{field.name} a WholeNumber, with its bounds."


@pytest.mark.parametrize(("model", "field"), NUMBERS, ids=lambda one: getattr(one, "__name__", None) or one.name)
def test_the_control_of_a_form_has_the_same_ends(model: type[models.Model], field: Any) -> None:
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("ann", "", "x")
    form = admin.site._registry[model].get_form(request, None)
    control = form.base_fields[field.name]
    assert isinstance(control, forms.IntegerField)
    assert (control.min_value, control.max_value) == (field.bounds.least, field.bounds.most)


def test_no_other_form_asks_for_a_number_without_ends() -> None:
    def every(form: type[Any]) -> Iterator[type[Any]]:
        yield form
        for below in form.__subclasses__():
            yield from every(below)

    ours = [
        form
        for form in every(forms.BaseForm)
        if form.__module__.partition(".")[0] in ("alerthub", "routing", "deliveries")
    ]
    endless = [
        (form.__name__, name)
        for form in ours
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.IntegerField) and None in (field.min_value, field.max_value)
    ]
    assert (len(ours) > 5, endless) == (True, [])


@cache
def description() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def described(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a parameter and of a body that is sent, with where it stands."""
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            for parameter in operation.get("parameters", ()):
                yield f"{where} {parameter['name']}", parameter["schema"]
            for body in operation.get("requestBody", {}).get("content", {}).values():
                yield where, body["schema"]


def endless(schema: dict[str, Any], node: Any, where: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from endless(schema, each, where, seen)
    if not isinstance(node, dict) or node.get("readOnly"):
        return
    if (name := node.get("$ref")) and name not in seen:
        component = schema["components"]["schemas"][name.rpartition("/")[2]]
        yield from endless(schema, component, f"{where} {name.rpartition('/')[2]}", seen | {name})
    if node.get("type") in ("integer", "number") and "enum" not in node and not {"minimum", "maximum"} <= node.keys():
        yield where
    for key, inner in node.items():
        if isinstance(inner, dict | list):
            yield from endless(schema, inner, f"{where}.{key}", seen)


def test_every_number_that_is_sent_to_the_api_is_described_with_both_ends() -> None:
    schema = description()
    sent = list(described(schema))
    assert len(sent) > 100
    assert [place for where, node in sent for place in endless(schema, node, where)] == []


@pytest.mark.parametrize("name", ROWS)
def test_the_description_has_the_ends_of_the_model(name: str) -> None:
    schema = description()
    component = {"servers": "RocketChatServer"}.get(name, name.capitalize()[:-1])
    described = schema["components"]["schemas"][component]["properties"]
    of_model = {field.name: field.bounds for model, field in NUMBERS if model._meta.model_name == ROWS[name]}
    assert {one: Bounds(described[one]["minimum"], described[one]["maximum"]) for one in of_model} == of_model


@pytest.mark.parametrize("name", ROWS)
def test_the_api_takes_both_ends(rows: dict[str, int], name: str) -> None:
    api: APIClient = callers.superuser()
    for field in numbers_of(name):
        beside = BESIDE.get(field.name, {})
        for end in (field.bounds.least, field.bounds.most):
            answer = api.patch(f"/api/v1/{name}/{rows[name]}/", {field.name: end} | beside)
            assert (answer.status_code, answer.json().get(field.name)) == (200, end), field.name


@pytest.mark.parametrize("size", [*SIZES, "below", "above"], ids=lambda size: str(size)[:22])
@pytest.mark.parametrize("name", ROWS)
def test_the_api_refuses_every_number_outside_by_name(rows: dict[str, int], name: str, size: Any) -> None:
    sent = {field.name: beyond(field, size) for field in numbers_of(name)}
    answer = callers.superuser().patch(f"/api/v1/{name}/{rows[name]}/", sent)
    assert (answer.status_code, set(answer.json().get("fields", ()))) == (400, set(sent))


@pytest.mark.parametrize("size", [*SIZES, "below", "above"], ids=lambda size: str(size)[:22])
def test_a_form_refuses_every_number_outside_at_its_field(person: Client, rows: dict[str, int], size: Any) -> None:
    for name, model in ROWS.items():
        sent = {field.name: str(beyond(field, size)) for field in numbers_of(name)}
        answer = person.post(f"/admin/routing/{model}/{rows[name]}/change/", sent)
        assert set(sent) <= set(answer.context["adminform"].form.errors), name


def test_no_page_of_the_api_is_longer_than_it_may_be() -> None:
    api = callers.superuser()
    lists = [path for path, given in description()["paths"].items() if _has_pages(given) and "{" not in path]
    assert len(lists) > 8
    answers = {
        (path, size): api.get(path, {"limit": str(size)}).status_code for path in lists for size in (0, 501, *SIZES)
    }
    assert set(answers.values()) == {400}


def _has_pages(operations: dict[str, Any]) -> bool:
    return any(one["name"] == "limit" for one in operations.get("get", {}).get("parameters", ()))


def numbers_of(name: str) -> list[Any]:
    return [field for model, field in NUMBERS if model._meta.model_name == ROWS[name]]


def beyond(field: Any, size: int | str) -> int:
    ends = {"below": field.bounds.least - 1, "above": field.bounds.most + 1}
    return ends[size] if isinstance(size, str) else size


def test_a_rule_after_the_last_place_stands_there(rows: dict[str, int]) -> None:
    last = Rule._meta.get_field("position").bounds.most
    Rule.objects.filter(pk=rows["rules"]).update(position=last)
    made = callers.superuser().post("/api/v1/rules/", {"name": "next", "targets": [rows["targets"]]})
    assert (made.status_code, made.json()["position"]) == (201, last)


def test_numbers_stored_before_there_were_ends_come_inside(rows: dict[str, int]) -> None:
    Target.objects.update(timeout=99, connect_timeout=0, text_limit=1, digest_after=9_999, fallback_after=10**9)
    Source.objects.update(duplicate_window=10**9)
    MIGRATION.bring_inside(apps, None)
    target = Target.objects.get()
    target.full_clean()
    Source.objects.get().full_clean()
    assert (target.timeout, target.connect_timeout, target.text_limit) == (30, 1, 500)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((10, 60), (10, 60)),
        ((3000, 600), (1000, 200)),
        ((2**31 - 1, 60), (1000, 1)),
        ((0, 0), (0, 1)),
        ((5, 9999), (5, 3600)),
    ],
)
def test_a_rate_beyond_the_ends_lets_as_many_calls_through(before: tuple[int, int], after: tuple[int, int]) -> None:
    target = factories.make_target(rate_limit_calls=before[0], rate_limit_seconds=before[1])
    MIGRATION.bring_inside(apps, None)
    target.refresh_from_db()
    assert (target.rate_limit_calls, target.rate_limit_seconds) == after


def test_rules_beyond_the_last_place_keep_their_order() -> None:
    for name, position in (("c", 2**31 - 1), ("a", 7), ("b", 2_000_000)):
        factories.make_rule(name, position=position)
    MIGRATION.bring_inside(apps, None)
    assert list(Rule.objects.in_order().values_list("name", "position"))[:3] == [("a", 10), ("b", 20), ("c", 30)]
