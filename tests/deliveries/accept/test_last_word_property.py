"""Two peers tell one history, each with its own delays: in the end the rooms' last word is Alertmanager's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from deliveries.accept import waking
from deliveries.models import Delivery, Occurrence
from routing import rulebook
from tests import factories
from tests.conftest import NOW
from tests.factories import alert, payload

pytestmark = pytest.mark.django_db
WINDOW = 120
NAMES = ("Disk", "Net")


@dataclass(frozen=True)
class Change:
    """One alert changes some seconds after the change before: what burns ends, and what is over starts, or burns on
    with its old start. Each of the peers tells it so many seconds later; None: not at all, for the other one did.
    """

    name: str
    anew: bool
    after: int
    delays: tuple[int | None, int | None]


DELAY = st.sampled_from([0, 1, 15, 40, 130, 290])
DELAYS = st.one_of(st.tuples(DELAY, DELAY), st.tuples(DELAY, st.none()), st.tuples(st.none(), DELAY))
CHANGES = st.builds(
    Change,
    name=st.sampled_from(NAMES),
    anew=st.booleans(),
    after=st.sampled_from([1, 20, 50, 125, 400]),
    delays=DELAYS,
)


@dataclass(frozen=True)
class Telling:
    at: datetime
    alerts: tuple[dict[str, Any], ...]


@dataclass
class Burning:
    """One alert as Alertmanager has it."""

    start: datetime | None = None
    end: datetime | None = None

    def told(self, name: str) -> dict[str, Any]:
        start, end = self.start, self.end
        assert start is not None
        status = "firing" if end is None else "resolved"
        return alert(name, status=status, starts_at=start.isoformat(), ends_at=end.isoformat() if end else None)

    def change(self, now: datetime, *, anew: bool) -> None:
        if self.start is not None and self.end is None:
            self.end = now
            return
        self.start = now if anew or self.start is None else self.start
        self.end = None


def history(changes: list[Change]) -> tuple[list[Telling], dict[str, Burning]]:
    """The tellings as they arrive, each peer's in order, and the truth at the end."""
    alerts = {name: Burning() for name in NAMES}
    now, told, free = NOW, [], [NOW, NOW]
    for change in changes:
        now += timedelta(seconds=change.after)
        alerts[change.name].change(now, anew=change.anew)
        shown = [
            one.told(name) for name, one in alerts.items() if one.start and (one.end is None or name == change.name)
        ]
        for peer, delay in enumerate(change.delays):
            if delay is not None:
                free[peer] = max(free[peer] + timedelta(milliseconds=1), now + timedelta(seconds=delay))
                told.append(Telling(free[peer], tuple(shown)))
    return sorted(told, key=lambda one: one.at), alerts


def status_of(telling: Telling, name: str) -> tuple[str, str] | None:
    """Status and start."""
    found = [one for one in telling.alerts if one["labels"]["alertname"] == name]
    return (found[0]["status"], found[0]["startsAt"]) if found else None


def last_words() -> dict[str, str]:
    owed = Occurrence.objects.filter(outcome="owed").order_by("id")
    return dict(owed.values_list("alert__name", "status"))


@pytest.fixture
def outside() -> Iterator[None]:
    """Each example rolls back its own savepoint."""
    yield
    assert Delivery.objects.count() == 0


@pytest.mark.usefixtures("outside")
@settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(changes=st.lists(CHANGES, min_size=3, max_size=9))
@example(
    changes=[
        Change(name="Disk", anew=True, after=20, delays=(290, 1)),
        Change(name="Net", anew=True, after=1, delays=(1, 1)),
        Change(name="Net", anew=False, after=20, delays=(290, None)),
        Change(name="Net", anew=False, after=20, delays=(0, None)),
        Change(name="Net", anew=True, after=400, delays=(None, 290)),
        Change(name="Net", anew=True, after=20, delays=(0, None)),
        Change(name="Disk", anew=True, after=125, delays=(130, 40)),
    ]
)
@example(
    changes=[
        Change(name="Disk", anew=False, after=125, delays=(None, 15)),
        Change(name="Disk", anew=True, after=1, delays=(None, 130)),
        Change(name="Disk", anew=True, after=50, delays=(40, None)),
    ]
)
def test_the_rooms_last_word_is_alertmanagers_or_its_newest_telling(changes: list[Change]) -> None:
    """What burns in the end is told as burning, unless a resolved that no time proves older came after it. What is over
    is told as over, unless a firing came after the resolved. And what burns is never told later than the window.
    """
    tellings, truth = history(changes)
    block: Any = transaction.atomic()
    block._from_testcase = True  # so that ingest may make its own durable one inside
    block.__enter__()
    try:
        rulebook.forget()
        factories.make_rule(targets=[factories.make_target()])
        source = factories.make_source(duplicate_window=WINDOW)
        for telling in tellings:
            waking.wake(telling.at)
            factories.accept(source, payload(*telling.alerts), telling.at)
        if tellings:
            waking.wake(tellings[-1].at + timedelta(seconds=WINDOW))
        said = last_words()
    finally:
        transaction.set_rollback(True)
        block.__exit__(None, None, None)
    for name, burning in truth.items():
        heard = [state for telling in tellings if (state := status_of(telling, name))]
        if not heard:
            continue
        if burning.end is None:
            start = burning.start.isoformat() if burning.start else ""
            after = heard[len(heard) - heard[::-1].index(("firing", start)) :] if ("firing", start) in heard else []
            assert said[name] == "firing" or ("resolved", start) in after, (name, said, tellings)
        else:
            assert said[name] == "resolved" or heard[-1][0] == "firing", (name, said, tellings)
