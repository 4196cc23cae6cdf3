"""Templates of Alertmanager's, Prometheus's or Grafana's kind (Go), pasted here: what to write in their place."""

from __future__ import annotations

import re

_ACTION = re.compile(r"\{\{-?\s*(?!/\*)(.{1,200}?)\s*-?\}\}", re.DOTALL)
_GO = re.compile(r"\.[A-Z]|\.$|\$|(?:range|with|if|else|end|template|define|block|len|index|eq|printf)\b")
_SURE = re.compile(r"(?:^|[\s(])(?:\.[A-Z]|\$\w)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_MOST = 6

_LANGUAGE = "This is a template in Alertmanager's language (Go); AlertHub's are Jinja2."
_OWN = "nothing: what is left empty stays as AlertHub writes it"

_PATHS = {
    ".Alerts.Firing": "firing", ".Alerts.Resolved": "resolved", ".Alerts": "alerts", ".Status": "status",
    ".CommonLabels": "labels", ".CommonAnnotations": "annotations", ".GroupLabels": "group_labels",
    ".Receiver": "receiver", ".ExternalURL": "external_url", ".TruncatedAlerts": "truncated",
    ".Labels": "alert.labels", "$labels": "alert.labels", ".Annotations": "alert.annotations",
    ".StartsAt": "alert.starts_at", ".EndsAt": "alert.ends_at", ".GeneratorURL": "alert.url",
    ".ValueString": "alert.value", ".Values": "alert.value", "$value": "alert.value",
    ".DashboardURL": "alert.dashboard_url", ".PanelURL": "alert.panel_url", ".SilenceURL": "alert.silence_url",
}  # fmt: skip
_MAPS = ("labels", "annotations", "group_labels", "alert.labels", "alert.annotations")
_FILTERS = {"toUpper": "upper", "toLower": "lower", "title": "title", "trimSpace": "trim", "len": "length"}
_OPERATORS = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_PATH = re.compile(r"\$?(\.[A-Z]\w*|\$\w+)((?:\.\w+)*)")
_INDEX = re.compile(r'index\s+(\S+)\s+("[^"]+")')
_COMPARED = re.compile(r'\(?\s*(eq|ne|gt|ge|lt|le)\s+(\(.+?\)|\S+)\s+("[^"]*"|\d+)\s*\)?')
_LENGTH = re.compile(r"\(?\s*len\s+(\S+?)\s*\)?")


def advice(source: str) -> str:
    """What to write for what is found in it, a line each; empty for what does not look like Go's."""
    found = list(dict.fromkeys(" ".join(body.split()) for body in _ACTION.findall(source)))
    if not any(_GO.match(body) for body in found):
        return ""
    known = [(body, other) for body in found if (other := instead(body))]
    lines = [f"for {{{{ {body} }}}} write {other}" for body, other in known[:_MOST]]
    if len(known) > _MOST:
        lines.append(f"and {len(known) - _MOST} more like these")
    return "\n".join([_LANGUAGE, *lines])


def is_sure(source: str) -> bool:
    """Whether nobody can mean Jinja2 with it, whatever that makes of it: `{{ len .Alerts }}` renders there, as nothing."""
    return any(_SURE.search(_QUOTED.sub("", body)) for body in _ACTION.findall(source))


def instead(body: str) -> str:
    """For what stands between the braces; empty if nothing comes near it."""
    word, _, rest = body.partition(" ")
    if word in ("template", "define", "block"):
        return _OWN
    if word == "range":
        return _loop(rest)
    if word == "end":
        return "{% endfor %}, or {% endif %} after an if"
    if word == "else":
        further = instead(rest) if rest.startswith("if ") else ""
        return further.replace("{% if", "{% elif") if further else "{% else %}"
    if word in ("if", "with"):
        condition = _condition(rest)
        return f"{{% if {condition} %}}" if condition else ""
    value = _value(body)
    return f"{{{{ {value} }}}}" if value else ""


def _loop(rest: str) -> str:
    over = rest.split(":=")[-1].strip()
    named = _value(over.removesuffix(".SortedPairs"))
    if not named:
        return ""
    return f"{{% for name, value in {named}.items() %}}" if named in _MAPS else f"{{% for alert in {named} %}}"


def _condition(text: str) -> str:
    if text.startswith("not "):
        inner = _condition(text.removeprefix("not "))
        return f"not {inner}" if inner else ""
    if compared := _COMPARED.fullmatch(text):
        left = _value(compared[2].strip("()"))
        return f"{left} {_OPERATORS[compared[1]]} {compared[3]}" if left else ""
    return _value(text)


def _value(text: str) -> str:
    """An expression with its filters; empty if its beginning is not known."""
    first, *filters = [part.strip() for part in text.split("|")]
    words = first.split(" ")
    if len(words) == 2 and words[0] in _FILTERS and words[0] != "len":
        first, filters = words[1], [words[0], *filters]
    named = _named(first)
    if not named:
        return ""
    known = [_FILTERS[each] for each in filters if each in _FILTERS]
    whole = "|".join([named, *known])
    return "count" if whole == "alerts|length" else whole


def _named(text: str) -> str:
    if index := _INDEX.fullmatch(text):
        of = _named(index[1])
        return f"{of}[{index[2]}]" if of in _MAPS else ""
    if length := _LENGTH.fullmatch(text):
        of = _named(length[1])
        return "count" if of == "alerts" else f"{of}|length" if of else ""
    path = _PATH.fullmatch(text)
    if path is None:
        return ""
    head: str = path[1]
    tail: list[str] = path[2].split(".")[1:]
    if tail and f"{head}.{tail[0]}" in _PATHS:
        head, tail = f"{head}.{tail[0]}", tail[1:]
    of = _PATHS.get(head, "")
    return f"{of}.{tail[0]}" if of in _MAPS and tail else of
