"""The rows people edit, one file an idea."""

from __future__ import annotations

from routing.models.access import ApiToken
from routing.models.rule import Rule, Rulebook
from routing.models.server import RocketChatServer
from routing.models.severity import SeverityAlias
from routing.models.source import IngestToken, Source
from routing.models.target import Target

__all__ = ["ApiToken", "IngestToken", "RocketChatServer", "Rule", "Rulebook", "SeverityAlias", "Source", "Target"]
