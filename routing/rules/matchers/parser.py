"""Text -> matchers, each line (or pair of braces) as one string of Alertmanager's `matchers` list.

As in its default mode the classic syntax wins where it can read the string, else the UTF-8 syntax counts.
Refused though the classic syntax takes them: bare values with spaces, quotes, braces or operators inside
(team==db, team='db', team=db env=prod). They make a rule that never fits, and nobody is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from routing.rules.matchers import escapes
from routing.rules.matchers.cursor import Cursor, Word
from routing.rules.matchers.matcher import CLASSIC_NAME, Matcher, MatcherError, shorten

_EXPECTED = "expected =, !=, =~ or !~"
_JOINERS = {"and": "and", "&&": "and", "&": "and", ";": "and", "or": "or", "||": "or", "|": "or"}
_HAS_OPERATOR = re.compile(r"[^\s=!~]\s*[=!]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Raw:
    name: Word
    op: str
    value: Word


def parse(text: str) -> tuple[Matcher, ...]:
    """Commas and line ends separate; braces may stand around. Empty text gives (). Raises MatcherError."""
    cursor = Cursor(text)
    if half := _SURROGATE.search(text):
        cursor.fail("there is half a character (a lone surrogate) here; delete it", half.start())
    found: list[Matcher] = []
    while True:
        cursor.skip(lines=True)
        if not cursor.char:
            return tuple(found)
        found += _meaning(cursor, _statement(cursor))


def _statement(cursor: Cursor) -> list[_Raw]:
    """The matchers of one line, or of one pair of braces, which may span lines."""
    opened = cursor.at
    braced = cursor.take("{")
    raws: list[_Raw] = []
    while True:
        cursor.skip(lines=braced)
        if cursor.char == "}" or cursor.char in ("", "\n"):
            break
        raws.append(_matcher(cursor))
        cursor.skip(lines=False)
        if not cursor.take(",") and cursor.char not in ("", "\n", "}"):
            cursor.fail(_no_separator(cursor, raws[-1]))
    _close(cursor, opened, braced=braced)
    return raws


def _close(cursor: Cursor, opened: int, *, braced: bool) -> None:
    if not braced:
        if cursor.char == "}":
            cursor.fail("there is a } without its {; delete it")
        return
    if not cursor.take("}"):
        cursor.fail("the { that opens here has no }; add it, or delete the {", opened)
    cursor.skip(lines=False)
    if cursor.char not in ("", "\n"):
        cursor.fail(f"nothing may follow the closing }}; delete {shorten(cursor.segment(cursor.at)) or ','}")


def _matcher(cursor: Cursor) -> _Raw:
    name = cursor.name()
    if not name.raw:
        cursor.fail(_no_name(cursor, name), name.start)
    cursor.skip(lines=False)
    op = cursor.operator()
    if not op:
        cursor.fail(_no_operator(cursor, name))
    cursor.skip(lines=False)
    value = cursor.value()
    if not value.raw and not value.is_quoted and cursor.char not in ("", "\n", ",", "}"):
        cursor.fail(_no_value(cursor, name, op))
    return _Raw(name, op, value)


def _meaning(cursor: Cursor, raws: list[_Raw]) -> list[Matcher]:
    odd = next((r.name for r in raws if r.name.is_quoted or not CLASSIC_NAME.fullmatch(r.name.raw)), None)
    found = []
    for raw in raws:
        if odd is None:
            name, value = raw.name.raw, escapes.classic(raw.value.raw)
        else:
            name, value = _go(cursor, raw.name, odd), _go(cursor, raw.value, odd)
        try:
            found.append(Matcher(name, raw.op, value))
        except MatcherError as error:
            cursor.fail(error.message, raw.value.start)
    return found


def _go(cursor: Cursor, word: Word, odd: Word) -> str:
    because = f"(the name {shorten(odd.raw)} makes this line UTF-8 syntax, with the escapes of Go)"
    if not word.is_quoted:
        if "\\" in word.raw:
            cursor.fail(
                f"a value with a backslash needs double quotes and \\\\ for each backslash {because}",
                word.start,
            )
        return word.raw
    try:
        return escapes.go(word.raw)
    except escapes.BadEscape as error:
        cursor.fail(f"{error} {because}", word.start)


def _no_name(cursor: Cursor, name: Word) -> str:
    if name.is_quoted:
        return 'the label name is empty; write it between the quotes, such as "team"="db"'
    if cursor.char == ",":
        return "a matcher is missing before this comma; write one or delete the comma"
    if cursor.char in ("=", "!", "~"):
        op = cursor.operator() or "="
        return f'a label name is missing before {op}; write for example team{op}"db"'
    if cursor.char in ("'", "`"):
        return f'a label name may be quoted in double quotes only; replace {cursor.char} by "'
    return f'a label name cannot begin with {cursor.char}; write for example team="db"'


def _no_operator(cursor: Cursor, name: Word) -> str:
    shown, rest = shorten(name.raw), cursor.segment(cursor.at)
    if name.raw == "-":
        return "a matcher begins with its label name; delete the dash, one matcher a line is enough"
    if name.raw.startswith("#"):
        return "there are no comments here; delete the line, or use the rule's description"
    if cursor.char == "~":
        return f'{_EXPECTED} after {shown}; a regular expression is written {shown}=~"..."'
    if cursor.char == "!":
        return f"{_EXPECTED} after {shown}, not ! alone"
    if name.raw.endswith(":") and rest and not name.is_quoted:
        bare = shorten(rest.strip("\"'"))
        return f'{_EXPECTED} after {shown[:-1]}, not a colon; write {shown[:-1]}="{bare}"'
    return f'{_EXPECTED} after {shown}; write for example {shown.strip(":") or "team"}="db"'


def _no_value(cursor: Cursor, name: Word, op: str) -> str:
    shown = shorten(name.raw)
    rest = cursor.segment(cursor.at)
    if cursor.char == "=" and op in ("=", "!="):
        return f"{op}= is not an operator; write {shown}{op}{_suggested(rest[1:])}"
    if cursor.char == "~" and op == "=" and cursor.text[cursor.at - 1].isspace():
        return f"write =~ without a space between: {shown}=~{_suggested(rest[1:])}"
    if cursor.char == "!" and op == "=":
        return f"not equal is written != : {shown}!={_suggested(rest[1:])}"
    return f"a value that begins with {cursor.char} needs double quotes: {shown}{op}{_suggested(rest)}"


def _no_separator(cursor: Cursor, raw: _Raw) -> str:
    rest = cursor.segment(cursor.at)
    word, name = rest.split()[0], shorten(raw.name.raw)
    joiner = _JOINERS.get(word.lower())
    if joiner == "and":
        return f"expected a comma or a new line instead of {shorten(word)}: a comma means and"
    if joiner == "or":
        alternative = f'write {name}=~"a|b", or a second rule'
        return f"expected a comma or a new line instead of {shorten(word)}: {alternative}"
    if raw.value.is_quoted:
        return f"expected a comma or a new line before {shorten(rest)}"
    touches = cursor.at == raw.value.start + len(raw.value.raw)
    if not touches and _HAS_OPERATOR.search(rest):
        return f"expected a comma or a new line before {shorten(rest)}"
    whole = _suggested(cursor.segment(raw.value.start))
    what = cursor.char if touches else "a space"
    return f"a value with {what} in it needs double quotes: {name}{raw.op}{whole}"


def _suggested(text: str) -> str:
    """What was probably meant, in double quotes."""
    return f'"{shorten(text.strip().strip(chr(34) + chr(39) + "`"))}"'
