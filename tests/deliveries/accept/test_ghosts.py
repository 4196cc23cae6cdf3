"""Alerts that left their group without a resolved: marked when their source should have repeated them, closed later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries import acknowledging
from deliveries.accept import ghosts
from deliveries.figures import metrics
from deliveries.models import Acknowledgement, Alert, Closing, Delivery
from routing.models import Source
from tests import factories
from tests.callers import superuser
from tests.factories import alert

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
DAY = 24 * HOUR
MARKED_AFTER = 4 * HOUR + timedelta(minutes=30)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def ghost(source: Source, now: datetime) -> Alert:
    """Heard of just now."""
    factories.make_rule(targets=[factories.make_target()])
    factories.owed(source, now)
    return Alert.objects.get()


def unheard(now: datetime) -> list[str]:
    """The names of those that are marked; both ways to ask agree."""
    rows = Alert.objects.order_by("name")
    marked = [row.name for row in rows.filter(ghosts.unheard(now))]
    assert marked == [row.name for row in rows if ghosts.is_unheard(row, now)]
    return marked


def states() -> dict[str, str]:
    return dict(Alert.objects.values_list("name", "status"))


def test_an_alert_is_marked_when_its_source_should_have_repeated_it(ghost: Alert, now: datetime) -> None:
    assert unheard(now + MARKED_AFTER) == []
    assert unheard(now + MARKED_AFTER + SECOND) == ["DiskFull"]


def test_the_time_is_its_own_sources(now: datetime) -> None:
    scene = factories.two_of_everything()
    Source.objects.filter(pk=scene.sources[0].pk).update(repeat_interval=3600)
    scene.tell(now, alert("A"), source=0)
    scene.tell(now, alert("B"), source=1)
    assert unheard(now + 2 * HOUR) == ["A"]


def test_what_is_heard_of_again_is_not_marked(ghost: Alert, source: Source, now: datetime) -> None:
    factories.owed(source, now + 4 * HOUR)
    assert unheard(now + 8 * HOUR) == []


def test_what_is_resolved_is_not_marked(ghost: Alert, source: Source, now: datetime) -> None:
    factories.owed(source, now, alert(status="resolved"))
    assert unheard(now + 8 * HOUR) == []


def test_that_of_a_deleted_source_goes_by_the_usual_times(ghost: Alert, source: Source, now: datetime) -> None:
    source.delete()
    assert unheard(now + MARKED_AFTER + SECOND) == ["DiskFull"]
    assert ghosts.close(now + 3 * DAY + SECOND) == 1


def test_it_is_closed_after_the_sources_time(ghost: Alert, now: datetime) -> None:
    assert (ghosts.close(now + 3 * DAY), states()) == (0, {"DiskFull": "firing"})
    assert (ghosts.close(now + 3 * DAY + SECOND), states()) == (1, {"DiskFull": "closed"})


def test_no_room_is_told(ghost: Alert, now: datetime) -> None:
    ghosts.close(now + 4 * DAY)
    assert Delivery.objects.count() == 1


def test_the_reason_is_kept(ghost: Alert, now: datetime) -> None:
    ghosts.close(now + 4 * DAY)
    closing = Closing.objects.get()
    assert (closing.alert, closing.at) == (ghost, now + 4 * DAY)
    assert closing.why.startswith(f"Not heard of since {now:%Y-%m-%d %H:%M} UTC")


def test_it_is_closed_once(ghost: Alert, now: datetime) -> None:
    assert [ghosts.close(now + 4 * DAY) for _ in range(2)] == [1, 0]


def test_a_source_may_say_never(ghost: Alert, now: datetime) -> None:
    Source.objects.update(close_after=0)
    assert ghosts.close(now + 400 * DAY) == 0


def test_what_is_kept_back_is_never_closed(ghost: Alert, now: datetime) -> None:
    Alert.objects.update(silent_until=now + 9 * DAY, kept_back="silenced")
    assert ghosts.close(now + 4 * DAY) == 0


def test_of_two_sources_each_goes_by_its_own_time(now: datetime) -> None:
    scene = factories.two_of_everything()
    Source.objects.filter(pk=scene.sources[0].pk).update(close_after=86_400)
    for number in (0, 1):
        scene.tell(now, alert(f"Old{number}"), source=number)
        scene.tell(now + DAY, alert(f"New{number}"), source=number, group=1)
    ghosts.close(now + DAY + HOUR)
    assert states() == {"Old0": "closed", "New0": "firing", "Old1": "firing", "New1": "firing"}


def test_a_second_page_is_closed_in_the_next_round(source: Source, now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(ghosts, "_AT_ONCE", 2)
    factories.owed(source, now, *(alert(f"A{number}") for number in range(3)))
    assert [ghosts.close(now + 4 * DAY) for _ in range(3)] == [2, 1, 0]


def test_heard_of_again_it_fires_and_is_told(ghost: Alert, source: Source, now: datetime) -> None:
    ghosts.close(now + 4 * DAY)
    assert [one.status for one in factories.owed(source, now + 5 * DAY)] == ["firing"]
    assert states() == {"DiskFull": "firing"}


def test_who_was_at_it_is_so_again_then(ghost: Alert, source: Source, now: datetime) -> None:
    acknowledging.acknowledge([ghost.pk], by="ann", now=now)
    ghosts.close(now + 4 * DAY)
    assert not Acknowledgement.objects.standing().exists()
    factories.owed(source, now + 5 * DAY)
    assert Acknowledgement.objects.standing().exists()


def test_a_process_listens_for_an_hour_before_it_closes_anything(ghost: Alert, now: datetime) -> None:
    """After a long outage the senders first tell everything again."""
    closer, later = ghosts.Closer(), now + 9 * DAY
    assert [closer.look(later + minutes * HOUR / 60) for minutes in (0, 59, 60)] == [0, 0, 1]


def test_a_clock_that_was_set_back_makes_it_listen_anew(ghost: Alert, now: datetime) -> None:
    closer = ghosts.Closer()
    assert [closer.look(now + days * DAY) for days in (9, 5)] == [0, 0]
    assert closer.look(now + 5 * DAY + HOUR) == 1


def test_a_round_costs_few_statements(source: Source, now: datetime, django_assert_max_num_queries: Any) -> None:
    factories.owed(source, now, *(alert(f"A{number}") for number in range(30)))
    with django_assert_max_num_queries(7):
        assert ghosts.close(now + 4 * DAY) == 30


def test_nothing_is_closed_before_it_could_be_repeated(source: Source) -> None:
    api = superuser()
    answer = api.patch(f"/api/v1/sources/{source.pk}/", {"close_after": 14_400})
    assert "16200 seconds or more" in str(answer.json()["fields"]["close_after"])
    assert api.patch(f"/api/v1/sources/{source.pk}/", {"close_after": 16_200}).status_code == 200


def test_the_api_marks_and_filters_it(ghost: Alert) -> None:
    api = superuser()
    assert [row["unheard"] for row in api.get("/api/v1/alerts/").json()["results"]] == [False]
    Alert.objects.update(last_seen_at=timezone.now() - DAY)
    assert [row["unheard"] for row in api.get("/api/v1/alerts/", {"unheard": "true"}).json()["results"]] == [True]
    assert api.get("/api/v1/alerts/", {"unheard": "false"}).json()["results"] == []


@pytest.mark.parametrize(("asked", "names"), [("true", ["Kept"]), ("false", ["DiskFull"])])
def test_the_api_lists_what_is_kept_back(
    ghost: Alert, source: Source, now: datetime, asked: str, names: list[str]
) -> None:
    factories.make_silence("alertname=Kept", now)
    factories.owed(source, now, alert("Kept"), group="kept")
    rows = superuser().get("/api/v1/alerts/", {"kept_back": asked}).json()["results"]
    assert [row["name"] for row in rows] == names


def test_closed_ones_are_listed_apart(ghost: Alert, now: datetime) -> None:
    ghosts.close(now + 4 * DAY)
    api = superuser()
    for status, count in {"firing": 0, "resolved": 0, "closed": 1}.items():
        assert len(api.get("/api/v1/alerts/", {"status": status}).json()["results"]) == count


def test_they_are_counted(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=Kept", now)
    factories.owed(source, now, alert("A"), alert("B"), alert("Kept"))
    Alert.objects.filter(name="A").update(last_seen_at=now - DAY)
    text = metrics.text(now).decode()
    assert 'alerthub_firing_alerts{source="prod"} 3.0' in text
    assert 'alerthub_unheard_alerts{source="prod"} 1.0' in text
    assert 'alerthub_kept_back_alerts{source="prod"} 1.0' in text
