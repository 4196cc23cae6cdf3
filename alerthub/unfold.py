"""How the admin looks: name, mark, colours. What is in its sidebar stands in `menu`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def _file(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "AlertHub",
    "SITE_HEADER": "AlertHub",
    "SITE_URL": None,
    "SITE_ICON": _file("alerthub/logo.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("alerthub/logo.svg")}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [
        _file("routing/marks.css"),
        _file("deliveries/trail.css"),
        _file("deliveries/alerts.css"),
        _file("alerthub/menu.css"),
    ],
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
        "navigation": "alerthub.menu.navigation.shown",
    },
}
