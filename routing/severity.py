"""How bad an alert is: the label that says it, folded, through the alias table that admins edit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LABELS = ("severity",)
"""Where a source's alerts say how bad they are, unless the source says otherwise."""
USUAL_LABELS = ("severity", "level", "priority")
"""What the first start's source looks at: exporters and log tools say `level`, Falco says `priority`."""

# Worst first. Other severities are allowed: rules that name them route them, otherwise the fallback.
ORDER = ("critical", "warning", "info")

# What the table holds at first start. Where the field disagrees, the louder room wins: an alert too many in
# the critical room is annoying, a page that went to the warning room is an outage nobody saw.
# - error, high, major, p2, sev2: PagerDuty gives `error` high urgency like `critical`, Opsgenie calls P2
#   "high", X.733 puts major right below critical, and SEV-2 is an incident that somebody is called for.
# - page and ticket are the two kinds of the Google SRE book: a person now, a person in working hours.
# - syslog: emerg, alert and crit are beyond error, notice is "normal but significant".
#   Zabbix: disaster, high, average, warning, information.
# - none: the severity of Watchdog and InfoInhibitor in kube-prometheus, which are no trouble at all.
# Left out: `unknown` and bare numbers. They say nothing (1 is worst in one place and mildest in the next).
_LOUD = """
    crit page pager fatal emergency emerg alert panic disaster blocker urgent
    error err major high p0 p1 p2 sev0 sev1 sev2 sev-0 sev-1 sev-2
"""
_MIDDLE = "warn average minor moderate medium ticket p3 sev3 sev-3"
_QUIET = "information informational notice low debug ok normal none p4 p5 sev4 sev5 sev-4 sev-5"
DEFAULT_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(_LOUD.split(), "critical"),
    **dict.fromkeys(_MIDDLE.split(), "warning"),
    **dict.fromkeys(_QUIET.split(), "info"),
}


def severity_of(labels: Mapping[str, str], aliases: Mapping[str, str], names: Sequence[str] = LABELS) -> str:
    """Empty when the alert has none; a severity that neither is known nor has an alias stays, folded.

    `names` are the labels that may say it: the first one that the alert has counts. `aliases` are folded. One is looked
    up once: its value is the answer even where it is itself an alias.
    """
    for name in names:
        if severity := fold(labels.get(name, "")):
            return aliases.get(severity, severity)
    return ""


def folded(aliases: Mapping[str, str]) -> dict[str, str]:
    """The table as alerts are compared with it. It is typed by people: ` P1 ` there means the same as `p1`, but if both
    stand there, `p1` counts."""
    table: dict[str, str] = {}
    for word, meaning in aliases.items():
        table.setdefault(fold(word), fold(meaning))
    return table | {word: fold(meaning) for word, meaning in aliases.items() if fold(word) == word}


def fold(text: str) -> str:
    """The one form in which severities are compared and stored."""
    return text.strip().casefold()


def rank(severity: str) -> int:
    """0 is worst, for "worst first". What we do not know may be bad: it stands before info."""
    if severity in ORDER:
        return ORDER.index(severity) * 2
    return ORDER.index("info") * 2 - 1
