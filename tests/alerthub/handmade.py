"""Requests that no page and no program would make: every address there is, and values nobody means."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# What a form or an address may hold instead of a number, a moment, a name, a choice or a list.
VALUES = (
    "x", "\0", "-1", str(2**63), "9" * 5000, "0001-01-01", "9999-12-31 23:59:59", "9999-12-31T23:59:59-14:00", "w " * 1500,
    "((((" * 300, "[]", '"\\', "{% if a %}" * 60, "{% for a in b %}" * 30, "{{ " + "9" * 5000 + " }}", "٣", "\u202e\u200b", "1,2,x",
    "..%2f..%2f", "[" * 5000, '{"labels": "x"}', "2026-02-30", "1e400", "NaN", "q=" + "%00" * 50,
)  # fmt: skip
IDS = (
    "0",
    "x",
    str(2**63),
    "9" * 5000,
    "%00",
    "-1",
    "1.5",
    "%D9%A3",
    "%F0%9F%94%A5",
    "a%0Ab",
    "%ED%A0%80",
    "None",
    "_41",
)
NAMES = (
    "q", "p", "o", "all", "e", "_facets", "next", "model", "kind", "by", "day",
    "delivery", "rule", "delete", "labels", "notification", "body", "at", "status", "lasts", "hours", "state", "last",
    "reason", "deed", "ids", "target", "comment", "name", "query", "shared", "seen", "matchers", "headline", "card",
    "preview_of", "action", "index", "select_across", "_selected_action", "form-TOTAL_FORMS", "form-INITIAL_FORMS",
    "form-0-id", "form-0-position", "position", "secret", "password1", "username", "password", "app_label", "model_name",
    "to", "undo", "moved", "list_q", "list_p", "group", "key", "alert", "back", "attention", "severity", "days", "part", "as", "show",
    "of_target", "of_name", "of_state", "of_reason", "hours", "told", "word", "expires_at", "expires_at_zone",
    "field_name", "term", "page", "limit", "cursor", "ends_at", "ends_at_zone", "starts_at", "starts_at_zone", "zone", "source", "window",
)  # fmt: skip
OF_LISTS = (
    "q",
    "p",
    "o",
    "all",
    "e",
    "_popup",
    "_to_field",
    "_facets",
    "_changelist_filters",
    "created_at",
    "id__exact",
)
BODIES = (
    b"", b"{", b"[]", b"[1]", b"null", b"5", b'"x"', b"1e999", b"9" * 5000, b"[" * 50_000, b"{}" * 2, b"\xff\xfe",
    b'"\\ud800"', b'{"\\ud800": "\\udfff"}', b"\0", b'{"a": NaN}', b"\xef\xbb\xbf{}",
)  # fmt: skip
CONTENT_TYPES = (
    "application/json; charset=nonsense", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=nonsense", "", "x", "application/json\0",
    "multipart/form-data; boundary=\xff",
)  # fmt: skip
METHODS = ("OPTIONS", "HEAD", "BREW", "PUT", "DELETE", "TRACE", "post")


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """The address of every view, with "{}" where something of the row stands."""
    for one in (resolver or get_resolver()).url_patterns:
        address = before + _plain(str(one.pattern))
        if isinstance(one, URLResolver):
            yield from addresses(one, address)
        elif isinstance(one, URLPattern):
            yield re.sub(r"/+", "/", address)


def _plain(pattern: str) -> str:
    """A route, or a simple regular expression, as an address."""
    if not pattern.startswith("^"):
        return re.sub(r"<[^>]+>", "{}", pattern)
    text = re.sub(r"\(\?P<\w+>(\((?:[^()])*\)|[^()])*\)", "{}", pattern)
    text = re.sub(r"\((\w+)\|[^)]*\)", r"\1", text)
    return text.replace("\\Z", "").replace("\\", "").replace("/?$", "/").strip("^$").replace("/?", "/")


def filled(address: str, *ids: object) -> str:
    """With these ids, the last one for all that follow."""
    given = itertools.chain(ids, itertools.repeat(ids[-1]))
    return re.sub(r"\{\}", lambda _: str(next(given)), address)


def real(address: str) -> str:
    """With the ids of rows that are there."""
    if (found := re.match(r"/admin/(\w+)/(\w+)/", address)) and found[1] in apps.app_configs:
        return filled(address, _newest(apps.get_model(found[1], found[2])), 1)
    named = {str(model._meta.verbose_name_plural).replace(" ", "-"): model for model in admin.site._registry}
    found = re.match(r"/api/v1/([\w-]+)/", address)
    model = named.get(found[1]) if found else None
    return filled(address, _newest(model) if model else 1, 1)


def _newest(model: Any) -> Any:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first()


def query(names: Iterable[str], values: Iterator[str]) -> str:
    return urlencode(dict(zip(names, values, strict=False)))


def fields(model: Any) -> list[str]:
    return [field.name for field in (*model._meta.concrete_fields, *model._meta.many_to_many)]


class Asker:
    """A browser, and what was answered badly. Nothing that it changes stays."""

    def __init__(self, client: Client) -> None:
        self.client, self.asked = client, 0
        self.bad: list[str] = []

    def ask(self, method: str, address: str, data: Any = b"", content_type: str = "application/json") -> None:
        self.asked += 1
        with transaction.atomic():
            answer = self.client.generic(method, address, data, content_type=content_type)
            content = b"" if answer.streaming else answer.content
            transaction.set_rollback(True)
        if answer.status_code >= 500 or not self._is_said(method, address, answer, content):
            asked = f"{method} {address[:160]} {str(data)[:160]} as {content_type!r}"
            self.bad.append(f"{answer.status_code} for {asked}: {content[:160]!r}")

    def form(self, address: str, names: Iterable[str], values: Iterator[str]) -> None:
        self.ask("POST", address, query(names, values), "application/x-www-form-urlencoded")

    def _is_said(self, method: str, address: str, answer: Any, content: bytes) -> bool:
        """What was refused is refused in words: JSON for programs, a page for people."""
        if answer.status_code < 400 or method == "HEAD":
            return True
        if address.startswith("/api/"):
            try:
                told = json.loads(content)
            except ValueError:
                return False
            return bool(told.get("error") and told.get("detail"))
        return bool(content)
