"""Pages of long lists: rows are counted to two thousand and no further, so a list is as fast with millions of rows."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 2_000


class CappedPaginator(Paginator):
    """`count` is exact up to MOST; `is_capped` says that there are more."""

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        # Ordering and joined rows cost time and change nothing of how many there are.
        return int(rows.order_by()[: MOST + 1].count())  # type: ignore[attr-defined]  # always a queryset

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def is_capped(self) -> bool:
        return self._counted > MOST
