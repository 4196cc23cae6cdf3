"""Deliveries as CSV or JSON, streamed: a constant number of statements for each few hundred, and never all in memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from deliveries import database, pages
from deliveries.models import Attempt, Delivery

AT_ONCE = 500
COLUMNS = (
    "id", "state", "reason", "explanation", "kind", "status", "severity", "title", "rule", "target", "source",
    "notification", "created_at", "ended_at", "seconds", "attempts", "last_outcome", "last_error", "asked_by", "note",
    "resend_of", "carried_by", "link",
)  # fmt: skip
# A spreadsheet takes what begins with one of these for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "\ufeff"  # without it a well-known spreadsheet reads UTF-8 as something else


def answer(deliveries: QuerySet[Delivery], kind: str) -> StreamingHttpResponse:
    """`kind`: csv or json. A file to save."""
    told, content_type = (as_csv, "text/csv; charset=utf-8") if kind == "csv" else (as_json, "application/json")
    headers = {"Content-Disposition": f'attachment; filename="deliveries.{kind}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(told(deliveries), content_type=content_type, headers=headers)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(deliveries: QuerySet[Delivery]) -> Iterator[str]:
    """A heading and a line for each, the newest first. Cells that a spreadsheet could run begin with an apostrophe."""
    writer = csv.writer(_Echo())
    yield MARK + str(writer.writerow(COLUMNS))
    for delivery, attempts in _each(deliveries):
        values = _values(delivery, attempts)
        yield str(writer.writerow([harmless(values[name]) for name in COLUMNS]))


def as_json(deliveries: QuerySet[Delivery]) -> Iterator[str]:
    """One list of objects, each with its attempts, the newest first."""
    lead = "[\n"
    for delivery, attempts in _each(deliveries):
        row = _values(delivery, attempts) | {"tries": [_attempt(each) for each in attempts]}
        yield lead + json.dumps(row, ensure_ascii=False)
        lead = ",\n"
    yield "[]\n" if lead == "[\n" else "\n]\n"


def harmless(value: Any) -> Any:
    """A text that could be a formula gets an apostrophe before it, which spreadsheets do not show."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _each(deliveries: QuerySet[Delivery]) -> Iterator[tuple[Delivery, list[Attempt]]]:
    """Page by page along the key: what is added meanwhile is not in it, and no statement runs long."""
    newest_first = (
        deliveries.order_by("-pk").select_related("notification").defer("notification__body", "notification__group_key")
    )
    last: int | None = None
    while True:
        rows = list((newest_first if last is None else newest_first.filter(pk__lt=last))[:AT_ONCE])
        attempts: dict[int, list[Attempt]] = {}
        for attempt in Attempt.objects.filter(delivery__in=[row.pk for row in rows]).defer("sent").order_by("number"):
            attempts.setdefault(attempt.delivery_id, []).append(attempt)
        # Whoever saves the file may read slowly.
        database.release()
        if not rows:
            return
        for row in rows:
            yield row, attempts.get(row.pk, [])
        last = rows[-1].pk


def _values(row: Delivery, attempts: list[Attempt]) -> dict[str, Any]:
    newest = attempts[-1] if attempts else None
    return {
        "id": row.pk,
        "state": row.state,
        "reason": row.reason,
        "explanation": row.explanation,
        "kind": row.kind,
        "status": row.status,
        "severity": row.severity,
        "title": row.title,
        "rule": row.rule_name,
        "target": row.target_name,
        "source": row.notification.source_name if row.notification else "",
        "notification": row.notification_id,
        "created_at": row.created_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "seconds": round((row.ended_at - row.created_at).total_seconds(), 3) if row.ended_at else None,
        "attempts": row.attempt_count,
        "last_outcome": newest.outcome if newest else "",
        "last_error": newest.error if newest else "",
        "asked_by": row.asked_by,
        "note": row.note,
        "resend_of": row.resend_of_id,
        "carried_by": row.carried_by_id,
        "link": pages.of_delivery(row.pk),
    }


def _attempt(row: Attempt) -> dict[str, Any]:
    return {
        "number": row.number,
        "started_at": row.started_at.isoformat(),
        "duration_ms": row.duration_ms,
        "outcome": row.outcome,
        "reason": row.reason,
        "status_code": row.status_code,
        "error": row.error,
        "answer": row.answer,
        "sent_to": row.sent_to,
        "message_id": row.message_id,
    }
