"""Pages and the API come compressed to who asks for it; what machines use comes as it is."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

from tests.factories import payload

pytestmark = pytest.mark.django_db
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def encoding(client: Client, path: str, headers: dict[str, str]) -> str:
    return client.get(path, headers=headers).get("Content-Encoding", "")


@pytest.mark.parametrize("path", ["/admin/", "/api/schema", "/api/v1/rules"])
def test_pages_and_the_api_are_compressed(browser: Client, path: str) -> None:
    answer = browser.get(path, headers=GZIP)
    assert answer["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(answer.content)) > len(answer.content)


def test_who_cannot_read_it_gets_it_plain(browser: Client) -> None:
    assert encoding(browser, "/admin/", {}) == ""


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/livez", "/health", "//readyz/"])
def test_machines_get_it_plain(browser: Client, path: str) -> None:
    assert encoding(browser, path, GZIP) == ""


def test_the_webhook_answers_plainly(client: Client) -> None:
    answer = client.post("/webhook", payload(), content_type="application/json", headers=GZIP)
    assert (answer.status_code, answer.get("Content-Encoding")) == (401, None)


def test_the_same_page_has_another_length_each_time(client: Client) -> None:
    lengths = {len(client.get("/admin/login/", headers=GZIP).content) for _ in range(12)}
    assert len(lengths) > 1
