"""The rows people edit, one file an idea."""

from __future__ import annotations

from routing.models.access import ApiToken
from routing.models.keys import KeyFingerprints
from routing.models.rule import Rule, Rulebook
from routing.models.server import RocketChatServer
from routing.models.severity import SeverityAlias
from routing.models.silence import Silence
from routing.models.source import IngestToken, Source
from routing.models.target import Target
from routing.models.template import Template
from routing.models.wall import WallLink
from routing.models.window import TimeInterval, TimeWindow

__all__ = [
    "ApiToken",
    "IngestToken",
    "KeyFingerprints",
    "RocketChatServer",
    "Rule",
    "Rulebook",
    "SeverityAlias",
    "Silence",
    "Source",
    "Target",
    "Template",
    "TimeInterval",
    "TimeWindow",
    "WallLink",
]
