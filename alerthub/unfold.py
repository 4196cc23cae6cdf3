"""How the admin looks: name, mark, colours, and the sidebar in the words of the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise


def _file(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _item(title: str, icon: str, model: str, seen_with: str = "") -> dict[str, Any]:
    """A line of the sidebar for `app.model`, for those who may see it, or see the model `seen_with` of the same app."""
    app, name = model.split(".")
    link: Promise | str = reverse_lazy(f"admin:{app}_{name}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _may(f"{app}.view_{seen_with or name}")}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "AlertHub",
    "SITE_HEADER": "AlertHub",
    "SITE_URL": None,
    "SITE_ICON": _file("alerthub/logo.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("alerthub/logo.svg")}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [_file("routing/marks.css"), _file("deliveries/trail.css")],
    "DASHBOARD_CALLBACK": "deliveries.admin.home.show",
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(98% .016 73.684)",
            "100": "oklch(95.4% .038 75.164)",
            "200": "oklch(90.1% .076 70.697)",
            "300": "oklch(83.7% .128 66.29)",
            "400": "oklch(75% .183 55.934)",
            "500": "oklch(64.6% .19 46)",
            "600": "oklch(55.3% .175 40)",
            "700": "oklch(49% .155 38.402)",
            "800": "oklch(44% .13 37.304)",
            "900": "oklch(39% .11 38.172)",
            "950": "oklch(26.6% .079 36.259)",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Routing",
                "items": [
                    _item("Rules", "alt_route", "routing.rule"),
                    {
                        "title": "Rule tester",
                        "icon": "science",
                        "link": reverse_lazy("rule_tester"),
                        "permission": _may("routing.view_rule"),
                    },
                    _item("Targets", "forum", "routing.target"),
                    _item("Rocket.Chat servers", "dns", "routing.rocketchatserver"),
                    _item("Templates", "text_snippet", "routing.template"),
                    _item("Silences", "notifications_paused", "routing.silence"),
                    _item("Time windows", "schedule", "routing.timewindow"),
                    _item("Sources", "input", "routing.source"),
                    _item("Severity words", "label", "routing.severityalias"),
                    {
                        "title": "Changes",
                        "icon": "history",
                        "link": reverse_lazy("changes"),
                        "permission": _may("routing.view_rule"),
                    },
                ],
            },
            {
                "title": "Deliveries",
                "separator": True,
                "items": [
                    _item("Deliveries", "outbox", "deliveries.delivery"),
                    _item("Dead letters", "report", "deliveries.deadletter", seen_with="delivery"),
                    _item("Notifications", "inbox", "deliveries.notification"),
                    _item("Alerts", "notifications", "deliveries.alert"),
                    _item("Rejected requests", "block", "deliveries.rejectedrequest"),
                    _item("Troubles", "monitor_heart", "deliveries.trouble"),
                ],
            },
            {
                "title": "Access",
                "separator": True,
                "items": [
                    _item("Users", "person", "auth.user"),
                    _item("API tokens", "key", "routing.apitoken"),
                ],
            },
        ],
    },
}
