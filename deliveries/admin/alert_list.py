"""The list of alerts in groups: what fires, folded, the worst first; flat when somebody asks for that or for the past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.core.paginator import InvalidPage, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import urlencode

from deliveries.admin import alert_acts, burning, grouped, members
from deliveries.admin.burning import Chip
from deliveries.admin.grouped import Line
from deliveries.admin.members import Member
from deliveries.figures import burning as figures
from deliveries.figures.burning import By, Group, Tally
from deliveries.figures.firing import States
from routing.admin.declared import DeclaredChangeList

FLAT = "none"
_GROUPS_A_PAGE = 100
_MEMBERS_A_PAGE = 100
_USUAL_LABELS = ("team", "service", "env", "cluster", "namespace")
# Each alert has its own, or they are said by other means.
_NO_GROUPS = ("alertname", "severity", "instance")
_LABELS_OFFERED = 5
_LONGEST_LABEL = 30
_NARROW_NOTHING = {"group", "o", "p", "all", "e"}
_NO_FILTERS = {*_NARROW_NOTHING, "key", "q"}


class AlertList(DeclaredChangeList):
    """`lines` are the page's groups; of one that is asked for by its `key`, `result_list` are the alerts."""

    lines: list[Line]
    page_num: int
    _whole: Tally | None = None

    def get_results(self, request: HttpRequest) -> None:
        self.now = timezone.now()
        self.states = States.at(self.now)
        self.by: By = alert_acts.by_of(request.GET.get("group", ""))
        asked = request.GET.get("status") or "firing"
        is_past = asked in ("resolved", "closed", "all")
        self.is_grouped = request.GET.get("group") != FLAT and not is_past and not request.GET.get("o")
        self.is_open = self.is_grouped and "key" in request.GET
        self.lines = []
        # By what it is grouped is no filter.
        self.has_active_filters = bool(set(self.filter_params) - _NO_FILTERS)
        if self.is_grouped:
            self._group(_MEMBERS_A_PAGE if self.is_open else _GROUPS_A_PAGE)
        else:
            super().get_results(request)

    @property
    def unordered(self) -> QuerySet[Any]:
        return self.queryset.order_by().select_related(None)

    def _group(self, a_page: int) -> None:
        """As `get_results`, where a page is one of groups, or one of alerts in groups that are asked for."""
        found = figures.of(self.states, self.by, self.unordered)
        paged: Any = range(found.whole.count) if self.is_open else found.groups
        self.paginator = Paginator(paged, a_page)
        self.list_per_page = a_page
        try:
            page = self.paginator.page(self.page_num)
        except InvalidPage:
            self.page_num = 1
            page = self.paginator.page(1)
        first = max(0, page.start_index() - 1)
        self.lines = self._lines(
            found.groups[:_GROUPS_A_PAGE] if self.is_open else found.groups[first : first + a_page]
        )
        self.result_list = self.queryset[first : first + a_page] if self.is_open else self.queryset.none()
        self.result_count, self.full_result_count = found.whole.count, None
        self.multi_page, self.can_show_all = self.paginator.num_pages > 1, False
        self.show_full_result_count, self.show_admin_actions = False, False
        if not set(self.filter_params) - _NARROW_NOTHING:
            self._whole = found.whole

    def _lines(self, groups: list[Group]) -> list[Line]:
        """Their links keep what else is asked."""
        kept = {name: values for name, values in self.filter_params.items() if name not in ("group", "key", "p")}
        return [
            replace(line, link=f"?{urlencode({**kept, 'group': line.by, 'key': line.key}, doseq=True)}")
            for line in grouped.lines(groups, self.by, self.now, self.unordered)
        ]

    @property
    def all_groups(self) -> str:
        """The address without the one group."""
        return self.get_query_string({}, ["key", "p"])

    @cached_property
    def whole(self) -> Tally:
        """All that fires, whatever the list was narrowed to. One statement, or none where it was not."""
        return self._whole or figures.tally(self.states)

    @property
    def severity_chips(self) -> list[dict[str, Any]]:
        return [self._drawn(chip, "severity") for chip in burning.severities(self.whole)]

    @property
    def state_chips(self) -> list[dict[str, Any]]:
        return [self._drawn(chip, "attention") for chip in burning.states(self.whole)]

    def _drawn(self, chip: Chip, name: str) -> dict[str, Any]:
        """The address keeps what else is asked; a chip that is chosen leads back to all."""
        asked = dict(self.filter_params)
        is_chosen = asked.pop(name, []) == chip.asked[name]
        for other in ("p", "key", "status"):
            asked.pop(other, None)
        if not is_chosen:
            asked[name] = chip.asked[name]
        return {"chip": chip, "is_chosen": is_chosen, "link": f"?{urlencode(asked, doseq=True)}"}

    @property
    def choices(self) -> Iterator[dict[str, Any]]:
        """By what it can be grouped: (word, what it says, its address)."""
        offered = [("name", "alert name"), ("group", "Alertmanager's group")]
        offered += [(f"label:{name}", name[:_LONGEST_LABEL]) for name in self._labels()]
        now = FLAT if not self.is_grouped else self.by.word
        kept = {name: values for name, values in self.filter_params.items() if name not in ("group", "key", "p", "o")}
        for word, what in [*offered, (FLAT, "nothing")]:
            yield {"what": what, "is_chosen": word == now, "link": f"?{urlencode({**kept, 'group': word}, doseq=True)}"}

    def _labels(self) -> list[str]:
        """The one chosen, then those that alerts here have: the usual ones first, then the most frequent."""
        found = Counter(name for line in self.lines for name in line.label_names if len(name) <= _LONGEST_LABEL)
        found.update(name for alert in self.result_list for name in alert.labels)
        chosen = [self.by.label] if self.by.what == "label" else []
        usual = [name for name in _USUAL_LABELS if name in found]
        others = [name for name, _ in found.most_common() if name not in _NO_GROUPS]
        return list(dict.fromkeys([*chosen, *usual, *others]))[:_LABELS_OFFERED]

    @cached_property
    def members(self) -> list[Member]:
        shared = {label.name for line in self.lines for label in line.labels} if len(self.lines) == 1 else set()
        return members.of(self.result_list, self.now, shared)
