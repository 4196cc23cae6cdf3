"""Pages of what happened: everybody with the view permission reads, nobody adds, changes or deletes."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from routing.admin.forgiving import Forgiving
from routing.admin.paging import CappedPaginator


class ReadOnly(Forgiving):
    """A list, and a page that tells one row's story: `change_form_template` with what `story` returns."""

    fields: Any = ()
    list_filter_submit = True
    list_per_page = 50
    paginator = CappedPaginator
    list_before_template = "deliveries/capped.html"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Read once a request: the page and each of its buttons ask for it."""
        known = request.__dict__.setdefault("_rows", {})
        key = (self.model, str(object_id), from_field)
        if key not in known:
            known[key] = super().get_object(request, object_id, from_field)
        return known[key]

    def named(self, row: Any) -> str:
        """What its page is called: "D-12 PostgresDown", "N-5"."""
        return f"{row} {getattr(row, 'title', '')}".strip()

    def story(self, row: Any, request: HttpRequest) -> dict[str, Any]:
        """What the page of `row` needs besides the row itself."""
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Model | None = None, **kwargs: Any
    ) -> HttpResponse:
        context |= {"title": self.named(obj), "row": obj, **self.story(obj, request)}
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)
