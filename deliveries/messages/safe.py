"""Untrusted text made harmless for Rocket.Chat, whose message text and attachments go through two unlike renderers.

Escapes that one renderer honours the other shows, so nothing is escaped: a character that could start markup is
replaced by its look-alike or followed by an invisible U+2060, and what could become a link is shown as code.
"""

from __future__ import annotations

import re
import unicodedata

from deliveries.messages.fit import cut, units
from deliveries.messages.memory import for_short_texts

MAX_LABEL = 200  # UTF-16 units
_JOINER = "\u2060"
_MAX_COMBINING = 3

_LOOK_ALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "'", "|": "∣", "\\": "∖"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# Mentions, headings, HTML, link labels, entities, emoji names, phone numbers, bare schemes, formulas.
_STARTS_MARKUP = re.compile(
    r"([@#<]|\](?=[(:\[])|&(?=[#\w])|:(?=[\w+-]+:)|:(?=//)|\+(?=[\d(])|\$(?=\$)|(?:(?<=\w)\.(?=[^\W\d_]{2})))"
)
_LINE_START = re.compile(r"^(?=[#>+=-]|\d+[.)])", re.MULTILINE)
# Each branch begins at a word's edge, so a long word is scanned once and not once per character.
_LINK_LIKE = re.compile(
    r"""((?<![\w+.-])[A-Za-z][A-Za-z0-9+.-]*://[^\s`|<>]+
    |(?<![^\W_])(?<![.-])www\.[^\s`|<>]+
    |(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+
    |(?<![\w.-])(?:[\w-]+\.)+[^\W\d_]{2,}(?:\:\d+)?(?:/[^\s`|<>]*)?
    |(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?:\:\d+)?(?![\w.]))""",
    re.VERBOSE,
)
_CLOSING = ".,;:!?)]}>'\"…"
_MENTION_IN_CODE = re.compile(r"(?<![A-Za-z.-])([@#])(?=[\w.-])|(@)(?=(?:all|here)\b)", re.IGNORECASE)
# What most labels are: nothing in it for `code` to change.
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_=.:/-]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*")


def clean(text: str) -> str:
    """Without control, invisible and direction characters, lone surrogates and floods of combining marks."""
    if text.isascii() and text.isprintable():
        return text
    text = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text).replace("\t", " ")
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if character == "\n" or (category not in ("Cc", "Cf", "Cs", "Co", "Cn") and marks <= _MAX_COMBINING):
            kept.append(character)
    return "".join(kept)


def code(text: str, limit: int = MAX_LABEL) -> str:
    """One code span: exact enough to copy, inert in both renderers. "" for what holds nothing visible."""
    if len(text) <= limit and _PLAIN_CODE.fullmatch(text):
        return f"`{text}`"
    shown = " ⏎ ".join(clean(text[: limit * 2]).split("\n")).strip().replace("`", "'")
    if len(text) > limit * 2:
        shown += "…"
    # Old servers look for mentions in the raw text, code or not.
    shown = _MENTION_IN_CODE.sub(lambda found: found.group() + _JOINER, cut(shown, limit))
    return f"`{shown}`" if shown else ""


def name(text: str) -> str:
    """A label value as a word of a sentence: bare when it cannot be markup, else as code."""
    return text if len(text) <= MAX_LABEL and _PLAIN_NAME.fullmatch(text) else code(text)


@for_short_texts
def prose(text: str, limit: int, line_break: str = " ") -> str:
    """Free text of at most limit UTF-16 units, its lines joined by line_break."""
    lines = (line.strip() for line in clean(text[: limit * 2]).split("\n"))
    pieces: list[str] = []
    room = limit - 1  # for the ellipsis
    for piece in _pieces("\n".join(line for line in lines if line), line_break):
        if units(piece) > room:
            pieces.append("…" if piece[0] == "`" else cut(piece, room + 1))
            break
        pieces.append(piece)
        room -= units(piece)
    else:
        if len(text) > limit * 2:
            pieces.append("…")
    return "".join(pieces)


def title(text: str, limit: int = MAX_LABEL) -> str:
    """For places that show plain text but may one day not: no mention, no markup, no code span."""
    return cut(_inert(" ".join(clean(text[: limit * 2]).split())), limit)


def _pieces(text: str, line_break: str) -> list[str]:
    found: list[str] = []
    for index, piece in enumerate(_LINK_LIKE.split(_LINE_START.sub(_JOINER, text))):
        if index % 2 == 0:
            found.append(_inert(piece).replace("\n", line_break))
            continue
        link = piece.rstrip(_CLOSING)
        found += [code(link), _inert(piece[len(link) :])]
    return [piece for piece in found if piece]


def _inert(text: str) -> str:
    """Of one length or longer: never shorter, so what was cut to fit is cut after this."""
    text = _EDGE_UNDERSCORE.sub("＿", text.translate(_LOOK_ALIKES))
    return _STARTS_MARKUP.sub(rf"\1{_JOINER}", text)
