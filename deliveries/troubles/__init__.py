"""What is wrong with AlertHub and its surroundings, who is told, and in which words. Pure: values and `now` in."""

from __future__ import annotations

from deliveries.troubles.finding import Finding, Key, TroubleKind
from deliveries.troubles.found import REFUSED_FOR, found
from deliveries.troubles.news import REMEMBERED, Known, News, news
from deliveries.troubles.notice import Notice, notice
from deliveries.troubles.rooms import REJECTED_FOR
from deliveries.troubles.seen import Refusal, Rejected, Seen, Stuck, TargetSeen, Unread, Unrouted, WorkerSeen
from deliveries.troubles.workers import replaced

__all__ = [
    "REFUSED_FOR",
    "REJECTED_FOR",
    "REMEMBERED",
    "Finding",
    "Key",
    "Known",
    "News",
    "Notice",
    "Refusal",
    "Rejected",
    "Seen",
    "Stuck",
    "TargetSeen",
    "TroubleKind",
    "Unread",
    "Unrouted",
    "WorkerSeen",
    "found",
    "news",
    "notice",
    "replaced",
]
