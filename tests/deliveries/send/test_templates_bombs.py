"""Templates that need too much, where they are used: the alert arrives at once, and nobody's page stands still."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerthub.people.roles import ADMINISTRATOR, RESPONDER, ROUTE_EDITOR, VIEWER
from alerthub.sandbox import Sandbox
from deliveries import rendering
from deliveries.models import Attempt, Delivery
from deliveries.rendering.renderer import Limits
from deliveries.rendering.renderers import Renderers
from deliveries.send import roads, sender
from routing.models import Source, Target, Template
from tests import factories
from tests.alerthub import everything
from tests.callers import superuser
from tests.deliveries.bombs import BOMBS

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

LIST = "/admin/routing/template/"
KINDS = {
    "counted": "loops in loops",
    "computing": "list in itself, compared",
    "memory": "sum of lists",
    "compiled": "compares",
    "text": "text added to itself",
    "nested": "loops in the source",
}
PASSED_SAMPLES = "{{% if labels.host == 'bad' %}}{}{{% else %}}short{{% endif %}}"


@pytest.fixture(scope="module", autouse=True)
def _stops_soon() -> Iterator[None]:
    """What is stopped after 0.4 s is stopped sooner, so that no machine is quick enough to end it, and no machine is so busy that a process does not start."""
    before = rendering._renderers
    rendering._renderers = Renderers(Limits(computing=0.15, sampling=0.15, starting=60, waiting=60))
    yield
    rendering._renderers.sweep(idle=0)
    rendering._renderers = before


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    return factories.make_target(url=sandbox.hook("#ops").url)


@pytest.fixture
def source(target: Target) -> Source:
    factories.make_rule(targets=[target])
    return factories.make_source()


def use(card: str, **fields: Any) -> Template:
    made = Template.objects.create(name="conditional", card=card, **fields)
    Target.objects.update(template=made)
    return made


def send(source: Source, target: Target, host: str, group: str = "one") -> Attempt:
    factories.owed(source, timezone.now(), factories.alert(host=host), group=group)
    client = roads.new_client()
    sender.drain(target.pk, client, clock=sender.utc_now, worker="test")
    client.close()
    return Attempt.objects.latest("id")


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_the_alert_arrives_in_alerthubs_own_words(source: Source, target: Target, name: str) -> None:
    use(BOMBS[name])
    assert "*FIRING*" in json.loads(send(source, target, "bad").sent)["text"]
    assert Delivery.objects.get().state == "delivered"


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_the_fault_is_recorded(source: Source, target: Target, name: str) -> None:
    made = use(BOMBS[name])
    assert send(source, target, "bad").template_fault.startswith(f"T-{made.pk} conditional: ")


def test_one_that_bombs_on_a_certain_alert_can_be_saved() -> None:
    card = PASSED_SAMPLES.format(BOMBS["list in itself, compared"])
    assert superuser().post("/api/v1/templates/", {"name": "x", "card": card}).status_code == 201


def test_on_other_alerts_it_is_used(source: Source, target: Target) -> None:
    use(PASSED_SAMPLES.format(BOMBS["list in itself, compared"]))
    assert json.loads(send(source, target, "good").sent)["attachments"][0]["text"] == "short"


def test_it_is_not_tried_again_for_the_next_message(source: Source, target: Target) -> None:
    use(PASSED_SAMPLES.format(BOMBS["list in itself, compared"]))
    send(source, target, "bad")
    assert "Not tried: it needed more than 0.15 seconds" in send(source, target, "bad", "two").template_fault


def test_mended_it_is_used_at_once(source: Source, target: Target) -> None:
    made = use(PASSED_SAMPLES.format(BOMBS["list in itself, compared"]))
    send(source, target, "bad")
    Template.objects.filter(pk=made.pk).update(card="mended")
    assert json.loads(send(source, target, "bad", "two").sent)["attachments"][0]["text"] == "mended"


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_it_cannot_be_saved(name: str) -> None:
    answer = superuser().post("/api/v1/templates/", {"name": "x", "card": BOMBS[name]})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["card"])


def entered(client: Client, role: str) -> Client:
    client.force_login(everything.person(role))
    return client


def preview(client: Client, card: str) -> Any:
    return client.post(f"{LIST}preview/", {"card": card}, headers={"X-Requested-With": "fetch"})


@pytest.mark.parametrize(
    ("role", "status"), [(VIEWER, 403), (RESPONDER, 403), (ROUTE_EDITOR, 200), (ADMINISTRATOR, 200)]
)
def test_the_preview_is_for_those_who_edit_templates(client: Client, role: str, status: int) -> None:
    assert preview(entered(client, role), "{{ severity }}").status_code == status


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_the_preview_of_a_bomb_says_what_is_wrong(client: Client, name: str) -> None:
    assert 'role="alert"' in preview(entered(client, ROUTE_EDITOR), BOMBS[name] + " ").content.decode()


def test_the_preview_says_what_the_shown_notification_meets(client: Client, source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert(host="bad"))
    shown = preview(entered(client, ROUTE_EDITOR), PASSED_SAMPLES.format(BOMBS["sum of lists"])).content.decode()
    assert "It needed more than" in shown
    assert "own words would go out" in shown


def test_a_preview_beside_others_is_refused_at_once(client: Client) -> None:
    enter, leave = threading.Event(), threading.Event()

    def try_one() -> None:
        with rendering.for_a_person():
            enter.set()
            leave.wait(30)

    others = [threading.Thread(target=try_one) for _ in range(3)]
    for other in others:
        other.start()
    enter.wait(30)
    shown = preview(entered(client, ROUTE_EDITOR), "{{ severity }} beside others").content.decode()
    leave.set()
    for other in others:
        other.join()
    assert "Wait a few seconds and try again." in shown


def test_in_the_admin_it_is_tried_before_the_transaction_begins(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite a transaction that may write keeps everybody's post waiting."""
    depths, outside = [], len(connection.savepoint_ids)
    fault = rendering._renderers.fault

    def seen(source: str) -> str:
        depths.append(len(connection.savepoint_ids))
        return fault(source)

    monkeypatch.setattr(rendering._renderers, "fault", seen)
    entered(client, ROUTE_EDITOR).post(f"{LIST}add/", {"name": "x", "headline": "{{ severity }} in time"})
    assert (depths, Template.objects.count()) == ([outside], 1)


def test_one_that_could_not_be_tried_is_not_saved(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> dict[str, str]:
        raise rendering.Busy("Wait.")

    monkeypatch.setattr(rendering, "faults", refuse)
    answer = entered(client, ROUTE_EDITOR).post(f"{LIST}add/", {"name": "x", "headline": "{{ severity }}"})
    assert (answer.context["adminform"].errors["__all__"], Template.objects.count()) == (["Wait."], 0)


def test_the_api_says_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> dict[str, str]:
        raise rendering.Busy("Wait.")

    monkeypatch.setattr(rendering, "faults", refuse)
    answer = superuser().post("/api/v1/templates/", {"name": "x", "headline": "{{ severity }}"})
    assert (answer.status_code, answer["Retry-After"], answer.json()["detail"]) == (503, "5", "Wait.")


def test_the_tester_says_why_a_template_is_not_used(source: Source, target: Target) -> None:
    made = use("{{ 1 / 0 }}")
    told = superuser().post("/api/v1/tryout/", {"labels": {"alertname": "DiskFull"}}).json()["messages"][0]
    assert told["template_fault"] == f"T-{made.pk} conditional: Line 1: Division by zero."
