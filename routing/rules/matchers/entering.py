"""Matchers as people enter them: within limits, because every alert meets them. What is stored is read without.

A rule with 20,000 matchers would take as long as all others together, and a text of megabytes would be read whole.
"""

from __future__ import annotations

from routing.rules.matchers.matcher import Matcher, MatcherError, shorten
from routing.rules.matchers.parser import parse

LONGEST = 20_000
"""Characters of the whole text."""
MOST = 100
"""Matchers of one rule or silence."""
MOST_ALTERNATIVES = 100
"""Of one regular expression: the texts between its bars."""


def entered(text: str) -> tuple[Matcher, ...]:
    """As `parse`. Raises MatcherError also for what is more than a rule or a silence may have."""
    if len(text) > LONGEST:
        raise MatcherError(f"These are {len(text):,} characters; at most {LONGEST:,} are allowed. Make two of it.")
    found = parse(text)
    if len(found) > MOST:
        raise MatcherError(
            f'These are {len(found):,} matchers; at most {MOST} are allowed. Values of one label fit into one: team=~"a|b|c".'
        )
    for matcher in found:
        if matcher.op in ("=~", "!~") and matcher.value.count("|") >= MOST_ALTERNATIVES:
            raise MatcherError(
                f"{shorten(str(matcher))}: it has {matcher.value.count('|') + 1} alternatives, {MOST_ALTERNATIVES} are "
                "allowed; shorten it, or make two rules"
            )
    return found
