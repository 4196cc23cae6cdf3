"""What a template can use, as words to press: each puts itself where the cursor is. Without a script they are there to read."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_OF_THE_MESSAGE = (
    "status",
    "severity",
    "count",
    "receiver",
    "source",
    "rule",
    "external_url",
    "trail_url",
    "truncated",
)
_OF_AN_ALERT = ("name", "status", "starts_at", "ends_at", "lasted", "url")
_WITH_LABELS = {"labels": "instance", "annotations": "summary", "group_labels": "alertname"}
_FILTERS = ("code", "bold", 'link("label")', "upper", "lower", 'default("none")', "length", "truncate(80)")

_ROWS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Of the message",
        (
            *((name, f"{{{{ {name} }}}}") for name in _OF_THE_MESSAGE),
            *((f"{name}.{label}", f"{{{{ {name}.{label} }}}}") for name, label in _WITH_LABELS.items()),
        ),
    ),
    (
        "Each of",
        tuple(
            (name, f"{{% for alert in {name} %}}\n• {{{{ alert.labels.instance|code }}}}: {{{{ alert.annotations.summary }}}}\n{{% endfor %}}")
            for name in ("alerts", "firing", "resolved")
        ),
    ),
    (
        "Of each alert",
        (
            *((f"alert.{name}", f"{{{{ alert.{name} }}}}") for name in _OF_AN_ALERT),
            *((f"alert.{name}.{_WITH_LABELS[name]}", f"{{{{ alert.{name}.{_WITH_LABELS[name]} }}}}")
              for name in ("labels", "annotations")),
        ),
    ),
    ("Behind a value", tuple((each, f"|{each}") for each in _FILTERS)),
)  # fmt: skip


def shown() -> SafeString:
    """For beside the texts."""
    rows = format_html_join(
        "", '<div><dt>{}</dt><dd class="ah-chips">{}</dd></div>', ((title, _words(words)) for title, words in _ROWS)
    )
    return format_html(
        "<p>Jinja2. Press a word to put it where the cursor is. What an alert says is made harmless by itself; the number of the "
        'delivery is added at the end.</p><dl class="ah-words-of">{}</dl>',
        rows,
    )


def _words(words: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join(
        "",
        '<button type="button" class="ah-insert" data-insert="{}">{}</button>',
        ((text, word) for word, text in words),
    )
