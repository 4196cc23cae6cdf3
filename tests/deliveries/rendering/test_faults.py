"""What the page asks of a template: its faults, one person at a time, and nothing twice."""

from __future__ import annotations

import pytest

from deliveries import rendering
from routing.access.turns import Turns

pytestmark = pytest.mark.anywhere


def test_both_texts_are_rendered() -> None:
    assert rendering.render("{{ a }}!", "{{ a }}?", {"a": "x"}) == ("x!", "x?")


def test_texts_without_a_fault_have_none() -> None:
    assert rendering.faults("{{ severity }}", "{{ status }}") == {}


def test_a_text_of_spaces_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(at_once=1, waiting=0, patience=0)
    monkeypatch.setattr(rendering, "_people", turns)
    with turns.taken():
        assert rendering.faults(" \n", "") == {}


def test_what_is_known_needs_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "{{ 1 / 0 }}", "{{ severity }}"
    before = rendering.faults(*asked)
    turns = Turns(at_once=1, waiting=0, patience=0)
    monkeypatch.setattr(rendering, "_people", turns)
    with turns.taken():
        assert rendering.faults(*asked) == before
    assert before.keys() == {"headline"}


@pytest.mark.parametrize("theirs", ["{{ .CommonLabels.alertname }}", "{{ len .Alerts }}", '{{ template "x" . }}'])
def test_a_template_for_alertmanager_is_refused_with_what_to_write(theirs: str) -> None:
    assert "Alertmanager's language" in rendering.faults(theirs, "")["headline"]
