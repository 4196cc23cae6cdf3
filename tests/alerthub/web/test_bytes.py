"""How much goes over the wire: a first visit with everything that its pages ask for, and a list of 50 rows.

What a browser really fetches, over real sockets, is counted in tests/journeys/people/test_accessibility.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from alerthub.web import files
from tests import factories

pytestmark = pytest.mark.django_db
FIRST_VISIT, LIST = 350_000, 60_000
# Status and headers of an answer, as gunicorn writes them.
HEADERS = 500
ROWS = 50


@pytest.fixture(autouse=True)
def _served(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    files.collect(settings.STATIC_ROOT)


@pytest.fixture
def told() -> None:
    """More than a page of everything, with long names and labels of their own."""
    now, target = timezone.now(), factories.make_target()
    factories.make_rule("All that is loud", [target])
    source = factories.make_source()
    for n in range(ROWS + 5):
        labels = {"team": f"team-{n}", "instance": f"db-{n}.eu-{n % 3}.example.com:9100", "job": "node", "env": "prod"}
        factories.accept(
            source, factories.payload(factories.alert(f"DiskWillFillIn{n}Hours", **labels), group=f"{{}}:{n}"), now
        )


def fetched(client: Client, path: str) -> tuple[int, str]:
    """Its bytes on the wire, and its text if it is one."""
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, path
    size = len(b"".join(answer) if answer.streaming else answer.content)
    plain = client.get(path)
    body = b"".join(plain) if plain.streaming else plain.content
    return size + HEADERS, "" if path.endswith("woff2") else body.decode()


def visited(client: Client, pages: list[str]) -> dict[str, int]:
    """Bytes by address of what a browser without a memory fetches for these pages, one after the other."""
    sizes: dict[str, int] = {}
    for page in pages:
        sizes[page], html = fetched(client, page)
        wanted = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
        while wanted:
            address = wanted.pop()
            if address not in sizes:
                sizes[address], text = fetched(client, address)
                wanted += (
                    [str(Path(address).parent / name) for name in re.findall(r'url\("?([^":)]+)"?\)', text)]
                    if address.endswith("css")
                    else []
                )
    return sizes


@pytest.mark.usefixtures("told")
def test_a_first_visit_is_light(client: Client) -> None:
    sizes = visited(client, ["/admin/login/"])
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    sizes |= visited(client, ["/admin/"])
    assert sum(sizes.values()) < FIRST_VISIT, sorted(((size, path) for path, size in sizes.items()), reverse=True)
    assert any("styles" in path for path in sizes)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("kind", ["delivery", "notification"])
def test_a_list_of_fifty_rows_is_light(browser: Client, kind: str) -> None:
    size, html = fetched(browser, f"/admin/deliveries/{kind}/")
    assert html.count("data-row") == ROWS
    assert size < LIST


@pytest.mark.usefixtures("told")
def test_the_alerts_are_light(browser: Client) -> None:
    size, html = fetched(browser, "/admin/deliveries/alert/")
    assert "DiskWillFillIn7Hours" in html
    assert size < LIST
