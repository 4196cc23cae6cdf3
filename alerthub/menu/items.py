"""Every page of the menu, in the order of need. To add one is to add its line; sidebar, headings and the search follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Item:
    """`view` is the name of the page's address, `permission` what it takes to see it (empty: to be logged in).

    `count` names a figure of `deliveries.figures.standing` that stands beside it. `others` are words that people may look
    for it by. `adds` is the sentence under which the search offers a new one, for who may add one.
    """

    title: str
    icon: str
    view: str
    permission: str = ""
    count: str = ""
    others: str = ""
    adds: str = ""

    @property
    def link(self) -> str:
        return reverse(self.view)

    @property
    def new(self) -> str:
        """The address of the form for a new one."""
        return reverse(self.view.replace("_changelist", "_add"))

    def is_seen_by(self, request: HttpRequest) -> bool:
        return not self.permission or request.user.has_perm(self.permission)

    def is_added_by(self, request: HttpRequest) -> bool:
        return bool(self.adds) and request.user.has_perm(self.permission.replace(".view_", ".add_"))


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    items: tuple[Item, ...]


def _list(title: str, icon: str, model: str, *, seen_with: str = "", **more: str) -> Item:
    """The list of `app.model`, for those who may see it, or see the model `seen_with` of the same app."""
    app, name = model.split(".")
    return Item(title, icon, f"admin:{app}_{name}_changelist", f"{app}.view_{seen_with or name}", **more)


MENU = (
    Group(
        "Now",
        (
            Item("Today", "today", "admin:index", others="home start"),
            _list("Alerts", "notifications", "deliveries.alert", count="firing", others="firing burns"),
            _list(
                "Undelivered",
                "report",
                "deliveries.deadletter",
                seen_with="delivery",
                count="undelivered",
                others="dead letters held failed rejected expired",
            ),
            _list(
                "Silences",
                "notifications_paused",
                "routing.silence",
                count="silences",
                others="mute suppress",
                adds="New silence",
            ),
            Item(
                "Report", "bar_chart", "report", "deliveries.view_delivery", others="noisy night flapping figures csv"
            ),
            _list("Wall", "tv", "routing.walllink", others="screen television link"),
        ),
    ),
    Group(
        "Trail",
        (
            _list("Deliveries", "outbox", "deliveries.delivery", others="messages sent"),
            _list("Notifications", "inbox", "deliveries.notification", others="webhooks received"),
            _list("Refused", "block", "deliveries.rejectedrequest", others="rejected requests"),
            Item("Changes", "history", "changes", "routing.view_rule", others="audit who"),
        ),
    ),
    Group(
        "Routing",
        (
            _list("Rules", "alt_route", "routing.rule", others="routes", adds="New rule"),
            Item("Rule tester", "science", "rule_tester", "routing.view_rule", others="try matchers labels"),
            _list("Targets", "forum", "routing.target", others="rooms hooks webhooks chat", adds="New target"),
            _list("Time windows", "schedule", "routing.timewindow", others="nights weekend", adds="New time window"),
            _list("Templates", "text_snippet", "routing.template", others="messages words", adds="New template"),
        ),
    ),
    Group(
        "Set up",
        (
            _list("Servers", "dns", "routing.rocketchatserver", others="rocket.chat bot", adds="New server"),
            _list("Sources", "input", "routing.source", others="alertmanager prometheus", adds="New source"),
            _list("Severity words", "label", "routing.severityalias", others="alias", adds="New severity word"),
            _list("Users", "person", "auth.user", others="people roles passwords", adds="New user"),
            _list("Tokens", "key", "routing.apitoken", others="api rest", adds="New token"),
            _list("Troubles", "monitor_heart", "deliveries.trouble", others="health watch"),
        ),
    ),
)


def seen_by(request: HttpRequest) -> Iterator[tuple[Group, tuple[Item, ...]]]:
    """The groups with what the person may see of each; none that is empty."""
    for group in MENU:
        items = tuple(item for item in group.items if item.is_seen_by(request))
        if items:
            yield group, items


def of(path: str) -> Item | None:
    """The item whose page, or a page below it, has that address; None if there is none."""
    home = reverse("admin:index")
    below = [item for group in MENU for item in group.items if _is_below(path, item.link, home)]
    return max(below, key=lambda item: len(item.link), default=None)


def _is_below(path: str, link: str, home: str) -> bool:
    return path == link or (link != home and path.startswith(link))
