"""What a change of the rules would do: what was told lately is decided again, by the old rules and by the new ones.

`replay` compares, `reading` feeds it with stored notifications, slice by slice; `wording` says what was found.
"""

from __future__ import annotations

from deliveries.foresight.impact.reading import HOURS, MOST, Progress, after, begin, go_on
from deliveries.foresight.impact.replay import Group, Replay
from deliveries.foresight.impact.wording import Example, Said, said

__all__ = ["HOURS", "MOST", "Example", "Group", "Progress", "Replay", "Said", "after", "begin", "go_on", "said"]
