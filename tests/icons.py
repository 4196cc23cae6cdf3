"""Which icons the pages of the admin ask for, and which are at hand in the font that `tests.fonts` makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import unfold

ROOT = Path(__file__).resolve().parent.parent
UNFOLD = Path(unfold.__file__).resolve().parent
FONTS = ROOT / "alerthub" / "static" / "alerthub" / "fonts"
# What the font holds, so that a test knows it without reading a font.
LIST = FONTS / "icons.txt"
# What pages may want next, and what styles write: an icon costs some 80 bytes, and a page that shows a word in its place
# looks broken.
AT_HAND = [
    "add_circle",
    "alarm",
    "analytics",
    "archive",
    "arrow_downward",
    "arrow_drop_down",
    "arrow_drop_up",
    "arrow_upward",
    "assessment",
    "bar_chart",
    "bookmark",
    "bug_report",
    "build",
    "calendar_month",
    "calendar_today",
    "campaign",
    "category",
    "chat",
    "check",
    "check_box",
    "check_circle",
    "checklist",
    "chevron_left",
    "chevron_right",
    "circle",
    "close",
    "close_small",
    "cloud",
    "code",
    "compress",
    "content_copy",
    "content_paste",
    "dashboard",
    "database",
    "deployed_code",
    "do_not_disturb_on",
    "drafts",
    "drag_handle",
    "drag_indicator",
    "emergency",
    "error",
    "event",
    "event_repeat",
    "expand",
    "expand_less",
    "explore",
    "fact_check",
    "fast_forward",
    "filter_alt",
    "flag",
    "flash_on",
    "folder",
    "forward_to_inbox",
    "front_hand",
    "groups",
    "hand_gesture",
    "help_outline",
    "home",
    "hourglass_empty",
    "hub",
    "info",
    "insights",
    "join_right",
    "keyboard",
    "keyboard_arrow_down",
    "keyboard_arrow_up",
    "keyboard_command_key",
    "keyboard_double_arrow_down",
    "keyboard_double_arrow_up",
    "lab_profile",
    "language",
    "link",
    "list",
    "list_alt",
    "local_fire_department",
    "lock",
    "lock_open",
    "login",
    "mail",
    "manage_accounts",
    "mark_email_unread",
    "menu",
    "menu_book",
    "more_time",
    "move_down",
    "move_up",
    "nightlight",
    "notification_important",
    "notifications_off",
    "outgoing_mail",
    "passkey",
    "password",
    "pause",
    "pause_circle",
    "pending",
    "pending_actions",
    "play_arrow",
    "power_settings_new",
    "priority_high",
    "publish",
    "push_pin",
    "query_stats",
    "question_mark",
    "radio_button_unchecked",
    "receipt_long",
    "remove",
    "reorder",
    "rocket_launch",
    "route",
    "rss_feed",
    "rule",
    "save",
    "search",
    "security",
    "sell",
    "sensors",
    "settings",
    "shield",
    "sms",
    "snooze",
    "sort",
    "source",
    "speed",
    "star",
    "stop",
    "store",
    "swap_vert",
    "sync",
    "tag",
    "task_alt",
    "terminal",
    "thumb_up",
    "timeline",
    "timer",
    "today",
    "toggle_off",
    "toggle_on",
    "token",
    "travel_explore",
    "trending_up",
    "troubleshoot",
    "tune",
    "tv",
    "update",
    "verified",
    "view_list",
    "vital_signs",
    "volume_off",
    "vpn_key",
    "warning",
    "webhook",
    "wifi_off",
]


def used() -> set[str]:
    """The icons that our pages and the templates of unfold ask for."""
    ours = [ROOT / name for name in ("alerthub", "routing", "deliveries")]
    found = {icon for folder in (*ours, UNFOLD / "templates") for icon in _in_templates(folder.rglob("*.html"))}
    return found | {icon for folder in ours for icon in _in_code(folder.rglob("*.py"))}


_SPAN = re.compile(r"material-symbols-outlined[^>]*>(?P<inner>.*?)</(?:span|a|button|i)>", re.DOTALL)
_TEMPLATE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", re.DOTALL)
_QUOTED = re.compile(r"'([a-z0-9_]+)'")
_NAMED = re.compile(r"""(?:icon["']?\s*[:=]|\b(?:_item|Item|_list)\(\s*"[^"]*",)\s*["']([a-z0-9_]+)["']""")


def _in_templates(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        text = path.read_text()
        for span in _SPAN.finditer(text):
            inner = span["inner"]
            # unfold's switch of themes chooses one of three by a script; its mark of a boolean one by a condition.
            yield from (word for word in _QUOTED.findall(inner) if "_mode" in word or word == "computer")
            yield from re.findall(r"\b[a-z][a-z0-9_]+\b", _TEMPLATE.sub(" ", inner))


def _in_code(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        yield from _NAMED.findall(path.read_text())
