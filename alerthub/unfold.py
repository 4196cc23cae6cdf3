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
        # Violet: neither a severity nor a state has it.
        "primary": {
            "50": "oklch(96.9% .016 293.756)",
            "100": "oklch(94.3% .029 294.588)",
            "200": "oklch(89.4% .057 293.283)",
            "300": "oklch(81.1% .111 293.571)",
            "400": "oklch(74% .15 293.5)",
            "500": "oklch(66.5% .195 293)",
            "600": "oklch(53.5% .235 292.5)",
            "700": "oklch(48% .225 292.3)",
            "800": "oklch(43.2% .2 292.759)",
            "900": "oklch(38% .17 293.745)",
            "950": "oklch(28.3% .125 291.089)",
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
                    _item("Groups", "group", "auth.group"),
                    _item("API tokens", "key", "routing.apitoken"),
                ],
            },
        ],
    },
}
