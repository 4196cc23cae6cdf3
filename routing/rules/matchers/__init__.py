"""The matcher language of Alertmanager: text -> Matcher, and whether a Matcher fits an alert's labels. Pure.

Rooms: `parser` (text -> matchers), `cursor` (where we are in the text), `escapes` (what a backslash means),
`matcher` (the value itself), `regex` (RE2), `entering` (how many of them a person may write). The language for people is described in docs/matchers.md.
"""

from __future__ import annotations

from routing.rules.matchers.entering import LONGEST, MOST, entered
from routing.rules.matchers.matcher import OPERATORS, Matcher, MatcherError, written
from routing.rules.matchers.parser import parse

__all__ = ["LONGEST", "MOST", "OPERATORS", "Matcher", "MatcherError", "entered", "parse", "written"]
