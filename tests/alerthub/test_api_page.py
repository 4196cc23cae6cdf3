"""docs/api.md is true: each of its calls is made as it stands there, and its tables name what exists."""

from __future__ import annotations

import re
import shlex
from datetime import datetime
from pathlib import Path
from string import Template

import pytest
from django.conf import settings
from django_filters import FilterSet

from deliveries.api import filters
from deliveries.figures import metrics
from deliveries.models import Alert
from deliveries.send import sender
from deliveries.wake import nudge
from routing.models import Target
from tests import factories
from tests.callers import superuser

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
CALLS = re.findall(r"^api \"(?:.|\n(?=  ))*$", "".join(BLOCKS), re.MULTILINE)


@pytest.fixture
def places(now: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, int | str]:
    """Rows for the names the page's calls use."""
    monkeypatch.setattr(nudge, "targets", lambda target_ids: None)
    monkeypatch.setattr(sender, "send_now", lambda *args, **kwargs: None)
    source, target = factories.make_source(), factories.make_target()
    source.new_token("old")
    rule = factories.make_rule("db", [target])
    delivery = factories.owed(source, now)[0]
    rows = {"SOURCE": source, "TARGET": target, "RULE": rule, "OLD": source.tokens.get(), "DELIVERY": delivery}
    rows["ALERT"] = Alert.objects.get()
    rows["SERVER"] = factories.make_server("of the page", "http://127.0.0.1:9")  # nobody listens there
    return {"URL": ""} | {name: row.pk for name, row in rows.items()}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: re.sub(r"\s+", " ", call)[14:60])
def test_a_call_of_the_page_works(call: str, places: dict[str, int | str]) -> None:
    _, url, *options = shlex.split(Template(call).substitute(places))
    given = dict(zip(options[::2], options[1::2], strict=True))
    method = given.get("-X", "POST" if "-d" in given else "GET")
    answer = superuser().generic(method, url, given.get("-d", ""), content_type="application/json")
    assert answer.status_code in (200, 201, 202, 204), answer.text


def test_the_page_has_its_calls() -> None:
    assert len(CALLS) > 15


@pytest.mark.parametrize(
    ("name", "filterset"),
    [
        ("deliveries", filters.DeliveryFilters),
        ("notifications", filters.NotificationFilters),
        ("alerts", filters.AlertFilters),
        ("rejected-requests", filters.RejectedRequestFilters),
    ],
)
def test_the_page_names_the_filters_there_are(name: str, filterset: type[FilterSet]) -> None:
    row = re.search(rf"^\| `{name}` \| (`.*`) \|$", PAGE, re.MULTILINE)
    assert row is not None
    assert set(re.findall(r"`(\w+)`", row[1])) == set(filterset.base_filters)


def test_the_page_names_the_addresses_there_are() -> None:
    table = PAGE[PAGE.index("| address |") :].split("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == set(superuser().get("/api/v1/").json())


def test_the_page_names_the_metrics_there_are(now: datetime) -> None:
    named = set(re.findall(r"^\| `(alerthub_\w+)", PAGE, re.MULTILINE))
    assert named == set(re.findall(r"^# TYPE (\w+)", metrics.text(now).decode(), re.MULTILINE))


def test_a_target_of_the_page_shows_the_mask_of_the_page(places: dict[str, int | str]) -> None:
    call = next(call for call in CALLS if '"db-room"' in call)
    superuser().generic("POST", "/api/v1/targets/", shlex.split(call)[3], content_type="application/json")
    assert f'"webhook": "{Target.objects.get(name="db-room").masked_url}"' in PAGE
