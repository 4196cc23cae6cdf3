"""The pages of a row in the admin, and the form of a rule as it is posted."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from routing.models import Rule

OTHER_URL = "https://other.example/hooks/abcdef0123/4notherT0kenN0body5ees"


def page(row: Any, what: str, *further: Any) -> str:
    return reverse(f"admin:routing_{row._meta.model_name}_{what}", args=[row.pk, *further])


def form_of(rule: Rule, **fields: Any) -> dict[str, Any]:
    given = {
        "name": rule.name, "position": rule.position, "enabled": "on", "sends_resolved": "on", "matchers": rule.matchers,
        "targets": [target.pk for target in rule.targets.all()], "reason": "ticket 7",
    }  # fmt: skip
    return given | fields
