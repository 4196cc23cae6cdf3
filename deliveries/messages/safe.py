"""Untrusted text made harmless for Rocket.Chat, whose message text and attachments go through two unlike renderers.

Escapes that one renderer honours the other shows, so nothing is escaped. A word that could become a link, or begin one
or a formula, is shown as code; any other character that could start markup is followed by an invisible U+2060, or is
replaced by its look-alike where that would not do. docs/decisions/0018 goes through Rocket.Chat's grammar.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from deliveries.messages.fit import cut, units
from deliveries.messages.memory import for_short_texts

MAX_LABEL = 200  # UTF-16 units
JOINER = "\u2060"
_MAX_COMBINING = 3
_SHORTEST_CODE = 12  # units, when it is cut

_LOOK_ALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "'", "|": "∣", "\\": "∖"})
# Rocket.Chat takes only ASCII letters and digits for the inside of a word.
_EDGE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# A set of characters first, and then what must stand around each: that is searched several times faster.
_STARTS_MARKUP = re.compile(
    r"""[@\#<\]&:+.;=0O8BX%D(>_l](?:
      (?<=[@\#<])                                           # mentions, channels, HTML, times
    | (?<=\])(?=[(:\[])                                     # the end of a link's label
    | (?<=&)(?=[\#\w])                                      # entities
    | (?<=:)(?:(?=//)|(?=[\w.+-]+:)(?!(?<=\d:)\d\d:))       # addresses; emoji by name, but not 10:20:30
    | (?<=\+)(?=[\d(])                                      # phone numbers
    | (?<=\w\.)(?=[^\W\d_]{2})|(?<=(?i:www)\.)             # domains
    | (?<=local)(?=host)                                    # the one domain without a dot
    | (?<![A-Za-z0-9].)(?:                                  # emoticons, which begin and end a word
        (?<=[:;=])(?=['^-]{0,2}[)(\]DPLXObþ@\#/.*](?![A-Za-z0-9]))
        | (?<=[0O])(?=[:;=][-^]?[)3](?![A-Za-z0-9]))
        | (?<=[8BX%])(?=-?[)DP](?![A-Za-z0-9]))
        | (?<=D)(?=:(?![A-Za-z0-9]))
        | (?<=\()(?=y\))
        | (?<=>)(?=\.<)
      )
    | (?<=O_)(?=O(?![A-Za-z0-9]))
    )""",
    re.VERBOSE,
)
_LINE_START = re.compile(r"^(?=[#>+=-]|\d+[.)](?:\s|$))", re.MULTILINE)
# Where a word may have to be code, and the words that have to. Nothing is taken back: a long word is scanned a few times.
_SUSPECT = re.compile(r"[\[$_@/.](?:(?<!\.)|(?=\w))\S*")
_AS_CODE = re.compile(
    r"""[^\s\[$]*(?:\[[^\[\]\n]{0,80}\][^\s\[]*)+\S*        # with brackets, and what is between them
    | [^\s\[$]*[\[$]\S*
    | (?=[^\s_]*_)(?!                                       # _ in anything but a_plain_word
        \(*+[A-Za-z0-9]++(?:__?+[A-Za-z0-9]++)*+[^\s_]*+(?!\S)
      )\S+
    | (?=\S*(?:
        [A-Za-z0-9+.-]://
        | www\.
        | [\w+-]@[\w-]+\.
        | [^\s.]\.[^\W\d_]{2}                               # a domain
        | \d\.\d{1,3}\.\d{1,3}\.\d
      ))\S+""",
    re.VERBOSE | re.IGNORECASE,
)
_OPENING = f"({{<'\"{JOINER}"
_CLOSING = ".,;:!?)]}>'\"…"
_MOST_CLOSING = 8
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
_NO_LABEL = re.compile(r"[^\S ]|[!-/:-@\[-`{-~](?<![.,/%+'-])")
_MENTION_IN_CODE = re.compile(r"(?<![A-Za-z.-])([@#])(?=[\w.-])|(@)(?=(?:all|here)\b)", re.IGNORECASE)
# What most labels are: nothing in it for `code` to change.
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_=.:/-]+")
# Words whose _ begins no emphasis. The last may stand before a bracket or colon of ours: "8)" and "D:" are emoticons.
_WORD = r"[A-Za-z0-9]+(?:(?:_[A-Za-z0-9]+)+|(?:-[A-Za-z0-9]+)+)?"
_PLAIN_NAME = re.compile(rf"(?:{_WORD} )*(?![8BDXO0y]\Z){_WORD}")


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
        if category == "Zs":
            kept.append(" ")  # the others are none to Rocket.Chat
        elif character == "\n" or (category not in ("Cc", "Cf", "Cs", "Co", "Cn") and marks <= _MAX_COMBINING):
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
    shown = _MENTION_IN_CODE.sub(lambda found: found.group() + JOINER, cut(shown, limit))
    return f"`{shown}`" if shown else ""


@for_short_texts
def name(text: str) -> str:
    """A label value as a word of a sentence: bare when it cannot be markup, else as code."""
    is_bare = len(text) <= MAX_LABEL and _PLAIN_NAME.fullmatch(text) and "localhost" not in text
    return text if is_bare else code(text)


@for_short_texts
def prose(text: str, limit: int, line_break: str = " ") -> str:
    """Free text of at most limit UTF-16 units, its lines joined by line_break."""
    lines = (line.strip() for line in clean(text[: limit * 2]).split("\n"))
    shown: list[str] = []
    room = limit - 1  # for the ellipsis
    for piece in _pieces("\n".join(line for line in lines if line)):
        piece = piece.replace("\n", line_break)
        if units(piece) > room:
            shown.append(_cut(piece, room + 1))
            break
        shown.append(piece)
        room -= units(piece)
    else:
        if len(text) > limit * 2:
            shown.append("…")
    return "".join(shown)


def beginnings(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each character that would start markup in a text of which parts were made harmless."""
    return (found.span() for found in _STARTS_MARKUP.finditer(text))


def title(text: str, limit: int = MAX_LABEL) -> str:
    """For places that show plain text but may one day not: no mention, no markup, no code span."""
    return cut(_inert(" ".join(clean(text[: limit * 2]).split())), limit)


@for_short_texts
def label(text: str, limit: int = MAX_LABEL) -> str:
    """The words of a link: letters, digits and what can stand between them in a label, whoever reads it."""
    return cut(" ".join(_NO_LABEL.sub(" ", clean(text[: limit * 2])).split()), limit)


def _pieces(text: str) -> Iterator[str]:
    text = _LINE_START.sub(JOINER, text)
    place = 0
    for found in _SUSPECT.finditer(text):
        if found.start() < place:
            continue
        start = max(place, 1 + max(text.rfind(space, place, found.start()) for space in " \n"))
        if word := _AS_CODE.match(text, start):
            before, inside, after = _core(word.group())
            longest = MAX_LABEL if "://" in inside else 2 * len(inside)
            shown = _inert(text[place:start] + before), code(inside, longest), _inert(after)
            yield from (piece for piece in shown if piece)
            place = word.end()
    if place < len(text):
        yield _inert(text[place:])


def _cut(piece: str, room: int) -> str:
    """Half an address leads elsewhere, and half a word of a few letters says nothing."""
    if piece[0] != "`":
        return cut(piece, room)
    return "…" if "://" in piece or room < _SHORTEST_CODE else f"`{cut(piece[1:-1], room - 2)}`"


def _core(word: str) -> tuple[str, str, str]:
    """The punctuation around a word, and what it is around: a bracket that closes one of the word's own stays in it."""
    inside = word.lstrip(_OPENING)
    before = word[: len(word) - len(inside)]
    for _ in range(_MOST_CLOSING):
        if not inside or inside[-1] not in _CLOSING:
            break
        opened = _PAIRS.get(inside[-1])
        if opened and inside.count(opened) >= inside.count(inside[-1]):
            break
        inside = inside[:-1]
    inside = inside.rstrip()
    return before, inside, word[len(before) + len(inside) :]


def _inert(text: str) -> str:
    """Of one length or longer: never shorter, so what was cut to fit is cut after this."""
    text = text.translate(_LOOK_ALIKES)
    if "_" in text:
        text = _EDGE_UNDERSCORE.sub("＿", text)
    return _STARTS_MARKUP.sub(rf"\g<0>{JOINER}", text)
