"""The rows AlertHub cannot be without: the fallback rule, the rulebook's version, and the usual severity words."""

from __future__ import annotations

from typing import Any

from django.db import migrations

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
USUAL_WORDS = {
    **dict.fromkeys(_LOUD.split(), "critical"),
    **dict.fromkeys(_MIDDLE.split(), "warning"),
    **dict.fromkeys(_QUIET.split(), "info"),
}


def make(apps: Any, schema_editor: Any) -> None:
    apps.get_model("routing", "Rulebook").objects.get_or_create(id=1)
    apps.get_model("routing", "Rule").objects.get_or_create(is_fallback=True, defaults={"name": "Fallback"})
    words = apps.get_model("routing", "SeverityAlias").objects
    words.bulk_create(
        [words.model(word=word, severity=severity) for word, severity in USUAL_WORDS.items()], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
