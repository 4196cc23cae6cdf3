"""The words of a notice: the worst first, never long, with what to do and where."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deliveries import troubles
from deliveries.troubles import Finding, Known, Notice, TroubleKind
from tests.conftest import NOW

pytestmark = pytest.mark.anywhere

BASE = "https://alerthub.example"


def wrong(subject: str = "ops", kind: TroubleKind = TroubleKind.TARGET, **fields: Any) -> Finding:
    page = "/admin/routing/target/1/change/"
    return replace(Finding(kind, subject, NOW, f"{subject} is down.", "Mend it.", page), **fields)


def over(subject: str = "h:1", kind: TroubleKind = TroubleKind.WORKER) -> Known:
    return Known(1, kind, subject, NOW - timedelta(days=1), told_at=NOW)


def of(tell: Any = (), ended: Any = ()) -> Notice:
    return troubles.notice(tell, ended, BASE, NOW)


def test_one_trouble_says_what_since_when_what_to_do_and_where() -> None:
    assert of([wrong()]).text.splitlines() == [
        "Target unhealthy: ops",
        "• ops is down. Since 10:02:11 UTC. Mend it. https://alerthub.example/admin/routing/target/1/change/",
        "All troubles: https://alerthub.example/admin/deliveries/trouble/",
    ]


def test_good_news_are_told_as_such() -> None:
    notice = of((), [over()])
    assert (notice.title, notice.severity) == ("Over: worker missing: h:1", "resolved")
    assert "• Over: worker missing: h:1, since 2026-11-22 10:02 UTC" in notice.text


@pytest.mark.parametrize(
    ("tell", "ended", "title"),
    [
        ([wrong(), wrong("b")], [], "2 troubles"),
        ([wrong()], [over()], "Target unhealthy: ops. Over: worker missing: h:1"),
        ([], [over(), over("h:2")], "Over: 2 troubles"),
    ],
)
def test_the_first_line_says_it_all(tell: list[Finding], ended: list[Known], title: str) -> None:
    notice = of(tell, ended)
    assert (notice.title, notice.text.splitlines()[0]) == (title, title)


def test_the_worst_stands_first() -> None:
    tell = [wrong("h:1", TroubleKind.WORKER, severity="warning"), wrong("prod", TroubleKind.REFUSED), wrong("ops")]
    lines = of(tell, [over("b")]).text.splitlines()[1:5]
    assert [line.split()[1] for line in lines] == ["ops", "prod", "h:1", "Over:"]


def test_a_notice_is_as_severe_as_its_worst() -> None:
    assert of([wrong(severity="warning"), wrong("b")]).severity == "critical"


def test_many_are_cut() -> None:
    lines = of([wrong(f"t{number}") for number in range(13)]).text.splitlines()
    assert (len(lines), lines[-2]) == (13, "• +3 more")


def test_long_ones_are_cut_earlier() -> None:
    lines = of([wrong(f"t{number}", what="x" * 900) for number in range(9)]).text.splitlines()
    assert (len(lines), lines[-2]) == (7, "• +5 more")


def test_the_first_is_always_told() -> None:
    assert "x" * 5000 in of([wrong(what="x" * 5000), wrong("b")]).text
