"""Pages of the REST API: cursors, so that a page costs the same at any depth and new rows shift nothing."""

from __future__ import annotations

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

_LONGEST_ID = 19


class NewestFirst(CursorPagination):
    """History: {next, previous, results}, the newest row first."""

    ordering = "-id"
    page_size = 50
    max_page_size = 500
    page_size_query_param = "limit"
    page_size_query_description = "Rows a page, from 1 to 500."

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("limit", str(self.page_size))
        if not (asked.isascii() and asked.isdigit() and len(asked) < 5 and 1 <= int(asked) <= self.max_page_size):
            raise ValidationError({"limit": f"Give a number from 1 to {self.max_page_size}."})
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
        if not (position.isascii() and position.isdigit() and len(position) <= _LONGEST_ID):
            raise wrong
        return cursor


class OldestFirst(NewestFirst):
    """What people edit, in the order in which it was made."""

    ordering = "id"
