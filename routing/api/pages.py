"""Pages of the REST API: cursors, so that a page costs the same at any depth and new rows shift nothing."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from routing.inputs import bounds
from routing.inputs.bounds import PAGE_ROWS


class NewestFirst(CursorPagination):
    """History: {next, previous, results}, the newest row first."""

    ordering = "-id"
    page_size = 50
    max_page_size = PAGE_ROWS.most
    page_size_query_param = "limit"
    page_size_query_description = f"Rows a page, {PAGE_ROWS}."

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        described: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for one in described:
            if one["name"] == self.page_size_query_param:
                one["schema"] |= {"minimum": PAGE_ROWS.least, "maximum": PAGE_ROWS.most, "default": self.page_size}
        return described

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("limit", str(self.page_size))
        if not (asked.isascii() and asked.isdigit() and len(asked) < 5 and int(asked) in PAGE_ROWS):
            raise ValidationError({"limit": f"Give a number {PAGE_ROWS}."})
        return int(asked)

    def decode_cursor(self, request: Request) -> Cursor | None:
        wrong = ValidationError(
            {"cursor": "This is no cursor of AlertHub's. Follow `next` and `previous` as they are given."}
        )
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise wrong from None
        if cursor is None or cursor.position is None:
            return cursor
        position = str(cursor.position)
        if not bounds.is_id(position):
            raise wrong
        return cursor


class OldestFirst(NewestFirst):
    """What people edit, in the order in which it was made."""

    ordering = "id"
