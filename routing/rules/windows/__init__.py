"""Time windows with Alertmanager's meaning: when a rule speaks and when it is silent. Pure.

`reading` turns what people write into intervals, `writing` turns what they choose into that, `interval` answers whether a moment lies in one, `strip` draws a week.
"""

from __future__ import annotations

from routing.rules.windows.interval import Interval, Window
from routing.rules.windows.reading import WindowError, read
from routing.rules.windows.strip import Day, week

__all__ = ["Day", "Interval", "Window", "WindowError", "read", "week"]
