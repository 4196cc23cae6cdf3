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
        _file("alerthub/hand.css"),
    ],
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
        "navigation": "alerthub.menu.navigation.shown",
    },
}
