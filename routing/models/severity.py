"""The words teams use for a severity, and what each means here."""

from __future__ import annotations

from django.db import models

from routing.changes.history import Records
from routing.models.text import Line
from routing.rules.severity import fold


class SeverityAlias(models.Model):
    """One word found in `severity` labels and the severity it stands for. Words are kept case-folded."""

    word = Line(max_length=50, unique=True, help_text="As it stands in the severity label; case is ignored.")
    severity = Line(max_length=50, help_text="critical, warning, info, or a word of your own.")

    history = Records()

    class Meta:
        ordering = ["severity", "word"]
        verbose_name = "severity word"

    def __str__(self) -> str:
        return f"{self.word} → {self.severity}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.word, self.severity = fold(self.word), fold(self.severity)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
