"""A message as it was sent, shown roughly as the room shows it. Everything is escaped; only http links become links."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from deliveries.redaction import redact

_MARKUP = re.compile(
    r"`(?P<code>[^`\n]+)`|\[(?P<label>[^\]\n]*)\]\((?P<url>https?://[^\s)]+)\)|\*{1,2}(?P<bold>[^*\n]+)\*{1,2}"
)
_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}")


@dataclass(frozen=True, slots=True)
class Attachment:
    title: SafeString
    text: SafeString
    fields: list[tuple[str, SafeString]]
    color: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """`raw` is the JSON, indented, with secrets taken out."""

    text: SafeString
    sender: str
    attachments: list[Attachment] = field(default_factory=list)
    raw: str = ""


def of_text(sent: str) -> Bubble | None:
    """From an attempt's `sent`; None if nothing was sent."""
    try:
        body = json.loads(sent)
    except ValueError:
        return None
    return of(body) if isinstance(body, dict) else None


def of(body: dict[str, Any]) -> Bubble:
    attachments = body.get("attachments")
    return Bubble(
        text=_marked(str(body.get("text", ""))),
        sender=" ".join(str(body[key]) for key in ("emoji", "alias") if body.get(key)),
        attachments=[_attachment(one) for one in attachments or [] if isinstance(one, dict)],
        raw=redact(json.dumps(body, indent=2, ensure_ascii=False)),
    )


def _attachment(one: dict[str, Any]) -> Attachment:
    title, link = str(one.get("title", "")), str(one.get("title_link", ""))
    color = str(one.get("color", ""))
    return Attachment(
        title=_anchor(link, title) if link.startswith(("http://", "https://")) else format_html("{}", title),
        text=_marked(str(one.get("text", ""))),
        fields=[
            (str(row.get("title", "")), _marked(str(row.get("value", ""))))
            for row in one.get("fields") or []
            if isinstance(row, dict)
        ],
        color=color if _COLOR.fullmatch(color) else "#999999",
    )


def _marked(text: str) -> SafeString:
    """Bold, code and links of Rocket.Chat's markup."""
    parts: list[tuple[SafeString | str]] = []
    place = 0
    for match in _MARKUP.finditer(text):
        parts.append((text[place : match.start()],))
        if match["code"] is not None:
            parts.append((format_html("<code>{}</code>", match["code"]),))
        elif match["url"] is not None:
            parts.append((_anchor(match["url"], match["label"]),))
        else:
            parts.append((format_html("<strong>{}</strong>", match["bold"]),))
        place = match.end()
    parts.append((text[place:],))
    return format_html_join("", "{}", parts)


def _anchor(url: str, label: str) -> SafeString:
    return format_html('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>', url, label or url)
