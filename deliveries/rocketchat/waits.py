"""How long a server asks us to wait when it takes no more for now: the forms in which Rocket.Chat and proxies say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from deliveries.rocketchat import outcomes

_SECONDS = re.compile(r"-?\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_WAIT_TEXT = re.compile(r"wait (\d{1,9}) second", re.ASCII | re.IGNORECASE)
_MILLISECONDS_FROM = 1e11
_MOMENT_FROM = 1e8


def asked(headers: Mapping[str, str], words: str, now: datetime) -> float:
    """Seconds to wait after a 429; Rocket.Chat itself sends no Retry-After, proxies do. Header names in small letters."""
    retry_after = headers.get("retry-after", "").strip()
    # Moments are compared by the server's own clock: ours may differ by more than the wait.
    clock = _date(headers.get("date", "")) or now
    until = _date(retry_after)
    text = _WAIT_TEXT.search(words)
    if _SECONDS.fullmatch(retry_after):
        wait = float(retry_after)
    elif until is not None:
        wait = (until - clock).total_seconds()
    elif _SECONDS.fullmatch(reset := headers.get("x-ratelimit-reset", "").strip()):
        # Rocket.Chat counts in milliseconds, proxies with the same header in seconds: since 1970, or from now on.
        moment = float(reset)
        since_1970 = moment / 1000 if moment > _MILLISECONDS_FROM else moment
        wait = since_1970 - clock.timestamp() if moment > _MOMENT_FROM else moment
    elif text is not None:
        wait = float(text[1])
    else:
        wait = outcomes.DEFAULT_WAIT
    return outcomes.clamp_wait(wait)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
