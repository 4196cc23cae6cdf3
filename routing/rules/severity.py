"""How bad an alert is: the label that says it, folded, through the severity words that people edit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LABELS = ("severity",)
"""Where a source's alerts say how bad they are, unless the source says otherwise."""
USUAL_LABELS = ("severity", "level", "priority")
"""What the first start's source looks at: exporters and log tools say `level`, Falco says `priority`."""

# Worst first. Other severities are allowed: rules that name them route them, otherwise the fallback.
ORDER = ("critical", "warning", "info")


def severity_of(labels: Mapping[str, str], words: Mapping[str, str], names: Sequence[str] = LABELS) -> str:
    """Empty when the alert has none; a severity that neither is known nor a severity word stays, folded.

    `names` are the labels that may say it: the first one that the alert has counts. `words` are folded. One is looked
    up once: its value is the answer even where it is itself such a word.
    """
    for name in names:
        if severity := fold(labels.get(name, "")):
            return words.get(severity, severity)
    return ""


def folded(words: Mapping[str, str]) -> dict[str, str]:
    """The table as alerts are compared with it. It is typed by people: ` P1 ` there means the same as `p1`, but if both
    stand there, `p1` counts. Words that are not folded stand in it too, and are never looked up."""
    table: dict[str, str] = {}
    for word, meaning in words.items():
        table.setdefault(fold(word), fold(meaning))
    return table | {word: fold(meaning) for word, meaning in words.items()}


def fold(text: str) -> str:
    """The one form in which severities are compared and stored."""
    return text.strip().casefold()


def rank(severity: str) -> int:
    """0 is worst, for "worst first". What we do not know may be bad: it stands before info."""
    if severity in ORDER:
        return ORDER.index(severity) * 2
    return ORDER.index("info") * 2 - 1
