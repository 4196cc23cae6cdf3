"""`make screenshots`: AlertHub as real processes with an evening's alerts, photographed for the README and for the eye."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import requests
from playwright.sync_api import Browser, Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests import factories, servers  # noqa: E402
from tests.journeys import stack as stacks  # noqa: E402
from tests.journeys.stack import ADMIN_PASSWORD, API_TOKEN, Stack  # noqa: E402

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PAGES = {
    "home": "/admin/",
    "rules": "/admin/routing/rule/",
    "rule": "/admin/routing/rule/2/change/",
    "tester": "/admin/tester/?notification=N-1",
    "targets": "/admin/routing/target/",
    "target": "/admin/routing/target/1/change/",
    "servers": "/admin/routing/rocketchatserver/",
    "server": "/admin/routing/rocketchatserver/add/",
    "source": "/admin/routing/source/1/change/",
    "history": "/admin/routing/rule/4/history/",
    "restore": "/admin/routing/rule/4/history/4/restore/",
    "deleted": "/admin/routing/source/deleted/",
    "changes": "/admin/changes/",
    "silences": "/admin/routing/silence/",
    "silence": "/admin/routing/silence/1/change/",
    "silence_new": "/admin/routing/silence/add/?matchers=team%3D%22db%22",
    "templates": "/admin/routing/template/",
    "template": "/admin/routing/template/1/change/",
    "impact": "/admin/routing/rule/5/delete/",
    "windows": "/admin/routing/timewindow/",
    "window": "/admin/routing/timewindow/1/change/",
    "deliveries": "/admin/deliveries/delivery/",
    "delivery": "/admin/deliveries/delivery/1/change/",
    "dead": "/admin/deliveries/deadletter/",
    "retried": "/admin/deliveries/delivery/4/change/",
    "notification": "/admin/deliveries/notification/1/change/",
    "notifications": "/admin/deliveries/notification/",
    "alerts": "/admin/deliveries/alert/",
    "alert": "/admin/deliveries/alert/1/change/",
    "rejected": "/admin/deliveries/rejectedrequest/",
    "users": "/admin/auth/user/",
    "user": "/admin/auth/user/1/change/",
    "user_new": "/admin/auth/user/add/",
    "tokens": "/admin/routing/apitoken/",
    "words": "/admin/routing/severityalias/",
    "troubles": "/admin/deliveries/trouble/",
    "sources": "/admin/routing/source/",
    "rule_new": "/admin/routing/rule/add/",
    "rule_move": "/admin/routing/rule/2/move/",
    "target_new": "/admin/routing/target/add/",
    "template_new": "/admin/routing/template/add/",
    "window_new": "/admin/routing/timewindow/add/",
    "silence_extend": "/admin/routing/silence/1/extend/",
    "test_message": "/admin/routing/target/1/test/",
    "send-again": "/admin/deliveries/delivery/1/send-again/",
    "why": "/admin/why/?q=KubePodCrashLooping",
    "why_nothing": "/admin/why/?q=NothingOfTheKind",
}
README = ("home", "rules", "delivery", "alerts", "tester", "window")


def main(everything_to: str = "") -> None:
    """The README's pictures; given a folder, every page in both widths, light and dark, goes there."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stacks.running(Path(folder)) as stack,
        sync_playwright() as playwright,
    ):
        tell_an_evening(stack)
        browser = playwright.chromium.launch(
            executable_path=servers.find("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = _page(browser, stack, WIDE, "light")
        IMAGES.mkdir(exist_ok=True)
        for name in README:
            _shoot(page, stack.url + PAGES[name], IMAGES / f"{name}.png")
        _shoot(page, f"{stack.sandbox.url}/#alerts-critical", IMAGES / "rooms.png")
        if everything_to:
            _everything(browser, stack, Path(everything_to))
        browser.close()


def tell_an_evening(stack: Stack) -> None:
    """A few alerts as they come: one room in trouble, one group resolved, one request that is none."""
    rule = {"name": "Databases, the loud ones", "position": 5, "severities": ["critical"], "targets": [1],
            "matchers": 'team="db"\ninstance=~"db-.+"'}  # fmt: skip
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    requests.post(f"{stack.url}/api/v1/rules", json=rule, headers=headers, timeout=10).raise_for_status()
    disk = {"name": "DiskWillFillIn4Hours", "team": "db", "job": "node"}
    stack.receive(_told(*(_alert(**disk, instance=f"db-{n}:9100") for n in (1, 2)), group='{}:{alertname="Disk"}'))
    stack.receive(
        _told(_alert("KubePodCrashLooping", severity="warning", namespace="shop", pod="cart-5d9f7", container="cart"))
    )
    stack.receive(_told(_alert("CertificateExpiresSoon", severity="info", host="shop.example.com"), group="{}:{cert}"))
    stack.wait_for_end()
    stack.sandbox.default_hook("critical").fail("status", status=502, times=1)
    down = _alert("PostgresDown", team="db", job="postgres", instance="db-1:9187")
    stack.receive(_told(down, group='{}:{alertname="PostgresDown"}'))
    stack.wait_for_end()
    over = down | {"status": "resolved", "endsAt": _ago(minutes=0)}
    stack.receive(_told(over, group='{}:{alertname="PostgresDown"}'))
    stack.wait_for_end()
    _keep_quiet(stack)
    stack.receive([{"labels": {"alertname": "PostedByPrometheusItself"}, "startsAt": _ago(minutes=1)}])


def _keep_quiet(stack: Stack) -> None:
    """A silence for what the shop's team works on, and nights in which one rule says nothing."""
    stack.call("POST", "silences/", {"matchers": 'namespace="shop"\nseverity="warning"', "ends_at": _ago(minutes=-95),
                                     "comment": "Release 4.2 goes out; ann is at it"})  # fmt: skip
    nights = [{"times": times, "location": "Europe/Berlin"} for times in ("22:00-24:00", "00:00-06:00")]
    source = stack.call("POST", "sources/", {"name": "staging"})
    stack.call("DELETE", f"sources/{source['id']}/")
    window = stack.call("POST", "windows/", {"name": "nights", "note": "Nobody reads it then", "intervals": nights})
    stack.call("PATCH", "rules/4/", {"muted_windows": [window["id"]], "reason": "Nobody reads infos at night"})
    stack.call("PATCH", "rules/4/", {"matchers": 'team!="lab"\njob=~".+"', "targets": [2, 3], "send_resolved": False})
    words = {"name": "short", "headline": "{{ severity|upper }} {{ alerts[0].name }} ({{ count }})",
             "card": "{% for alert in alerts %}\n• {{ alert.labels.instance|code }} {{ alert.annotations.summary }}\n{% endfor %}"}  # fmt: skip
    stack.call("POST", "templates/", words)
    loop = {"namespace": "shop", "pod": "cart-77c4b", "container": "cart"}
    stack.receive(_told(_alert("KubePodCrashLooping", severity="warning", **loop), group="{}:{again}"))
    stack.wait_for_end()


def _alert(name: str, severity: str = "critical", **labels: str) -> dict[str, Any]:
    told = factories.alert(name, severity=severity, starts_at=_ago(minutes=24), **labels)
    where = labels.get("instance") or labels.get("pod") or labels.get("host") or ""
    told["annotations"] = {
        "summary": f"{_WORDS[name][0]} {where}".strip(),
        "description": _WORDS[name][1],
        "runbook_url": f"https://runbooks.example.com/{name}",
    }
    return told


_WORDS = {
    "DiskWillFillIn4Hours": ("The disk fills up within 4 hours on", "3.1 GiB are left and it loses 0.9 GiB an hour."),
    "KubePodCrashLooping": ("A pod restarts again and again:", "It restarted 7 times within 10 minutes."),
    "CertificateExpiresSoon": ("A certificate ends in 13 days:", "Renewal should have happened 17 days ago."),
    "PostgresDown": ("PostgreSQL does not answer on", "The exporter cannot connect since 3 minutes."),
}


def _told(*alerts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return factories.payload(*alerts, **fields) | {"externalURL": "http://alertmanager.example.com:9093"}


def _ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def _page(browser: Browser, stack: Stack, size: Any, scheme: Any) -> Page:
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    page.goto(f"{stack.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{stack.url}/admin/")
    return page


def _shoot(page: Page, url: str, to: Path, *, whole: bool = False) -> None:
    page.goto(url)
    page.wait_for_timeout(400)  # fonts and transitions
    page.screenshot(path=to, full_page=whole)


def _everything(browser: Browser, stack: Stack, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for size in (WIDE, NARROW):
        for scheme in ("light", "dark"):
            page = _page(browser, stack, size, scheme)
            kind = f"{size['width']}-{scheme}"
            for name, path in PAGES.items():
                _shoot(page, stack.url + path, folder / f"{name}-{kind}.png", whole=True)
            _shoot(page, f"{stack.sandbox.url}/#alerts-critical", folder / f"rooms-{kind}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
