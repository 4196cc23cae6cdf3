"""The rows AlertHub cannot be without: the fallback rule, the rulebook's version, and the usual severity words."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from routing.severity import DEFAULT_ALIASES


def make(apps: Any, schema_editor: Any) -> None:
    apps.get_model("routing", "Rulebook").objects.get_or_create(id=1)
    apps.get_model("routing", "Rule").objects.get_or_create(is_fallback=True, defaults={"name": "Fallback"})
    words = apps.get_model("routing", "SeverityAlias").objects
    words.bulk_create(
        [words.model(word=word, severity=severity) for word, severity in DEFAULT_ALIASES.items()], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
