"""The report over some days: what was told too often and at night, what flaps, how long people take, what is silenced, how the
targets do. What it says to mend first is in `advice`; `remembered` keeps it for a while, as it reads all of its days."""

from __future__ import annotations

from deliveries.figures.report.counting import of
from deliveries.figures.report.values import DAYS, Report

__all__ = ["DAYS", "Report", "of"]
