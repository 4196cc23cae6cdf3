"""The pages on which people edit routing."""

from __future__ import annotations

from routing.admin.access import ApiTokenAdmin
from routing.admin.rule import RuleAdmin
from routing.admin.server import RocketChatServerAdmin
from routing.admin.severity import SeverityWordAdmin
from routing.admin.silence import SilenceAdmin
from routing.admin.source import SourceAdmin
from routing.admin.target import TargetAdmin
from routing.admin.wall import WallLinkAdmin
from routing.admin.window import TimeWindowAdmin

__all__ = [
    "ApiTokenAdmin",
    "RocketChatServerAdmin",
    "RuleAdmin",
    "SeverityWordAdmin",
    "SilenceAdmin",
    "SourceAdmin",
    "TargetAdmin",
    "TimeWindowAdmin",
    "WallLinkAdmin",
]
