"""The first sentence of the first page: is anything broken, has anything arrived? And how to let something arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from deliveries import punctual
from deliveries.admin import standing
from deliveries.models import Delivery, Lane
from routing.admin import token_page


@dataclass(frozen=True, slots=True)
class Arrived:
    """Whether notifications came in the last day, when the last one did if not, and how many requests were refused."""

    lately: bool
    last: datetime | None
    refused: int

    @property
    def nothing_ever(self) -> bool:
        return not self.lately and self.last is None


def reach(
    context: dict[str, Any], lanes: list[Lane], oldest: Delivery | None, dead: int, arrived: Arrived, now: datetime
) -> tuple[str, str]:
    """The tone and the one sentence that answers: is anything broken right now?"""
    ill = [row.target.name for row in lanes if row.target.enabled and row.unhealthy_since is not None]
    late = oldest is not None and punctual.is_late(now - oldest.created_at)
    if context.get("troubles") or ill:
        names = f": {', '.join(ill[:3])}{' and others' if len(ill) > 3 else ''}" if ill else ""
        rooms = f" {len(ill)} target{'s take' if len(ill) > 1 else ' takes'} no messages{names}." if ill else ""
        return "red", f"Something is broken.{rooms} What is owed is kept and goes out when it works again."
    if late:
        return "orange", "Everything answers, but some messages wait longer than a minute."
    if arrived.nothing_ever:
        came = (
            "What came was refused, so nothing has been accepted yet" if arrived.refused else "Nothing has arrived yet"
        )
        return "blue", f"{came}: nothing can be told before an Alertmanager posts here."
    if dead:
        return "orange", "Everything works now; some messages ended badly and ask for a person."
    if not arrived.lately:
        return "green", f"Everything works. Nothing has arrived since {standing.clock(arrived.last or now, now)}."
    return "green", "Everything works."


def first_steps(request: HttpRequest, arrived: Arrived) -> dict[str, str]:
    """How to let something arrive, for who may see the sources; empty once something did."""
    if not arrived.nothing_ever or not request.user.has_perm("routing.view_source"):
        return {}
    return {"sources": reverse("admin:routing_source_changelist"), "curl": token_page.try_line("TOKEN")}
