"""A template pasted from Alertmanager is answered with what to write here."""

from __future__ import annotations

import pytest

from deliveries.templating import engine, go


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (".CommonLabels.alertname", "{{ labels.alertname }}"),
        (".CommonAnnotations.summary", "{{ annotations.summary }}"),
        (".GroupLabels.cluster", "{{ group_labels.cluster }}"),
        (".Status | toUpper", "{{ status|upper }}"),
        ("toUpper .Status", "{{ status|upper }}"),
        ("title .Labels.alertname", "{{ alert.labels.alertname|title }}"),
        (".Labels.instance", "{{ alert.labels.instance }}"),
        ("$labels.instance", "{{ alert.labels.instance }}"),
        ("$.Status", "{{ status }}"),
        ("$value", "{{ alert.value }}"),
        ("index .CommonLabels \"a-b\"", "{{ labels[\"a-b\"] }}"),
        (".StartsAt.Format \"15:04\"", ""),
        (".StartsAt", "{{ alert.starts_at }}"),
        (".GeneratorURL", "{{ alert.url }}"),
        (".ExternalURL", "{{ external_url }}"),
        ("len .Alerts", "{{ count }}"),
        (".Alerts | len", "{{ count }}"),
        ("len .Alerts.Firing", "{{ firing|length }}"),
        (".Alerts.Firing | len", "{{ firing|length }}"),
        ("range .Alerts", "{% for alert in alerts %}"),
        ("range .Alerts.Resolved", "{% for alert in resolved %}"),
        ("range $i, $alert := .Alerts.Firing", "{% for alert in firing %}"),
        ("range .Labels.SortedPairs", "{% for name, value in alert.labels.items() %}"),
        ("range $k, $v := .CommonLabels", "{% for name, value in labels.items() %}"),
        ("range .Nothing", ""),
        ("end", "{% endfor %}, or {% endif %} after an if"),
        ("else", "{% else %}"),
        ('else if eq .Status "resolved"', '{% elif status == "resolved" %}'),
        ('if eq .Status "firing"', '{% if status == "firing" %}'),
        ("if gt (len .Alerts) 1", "{% if count > 1 %}"),
        ("if not .CommonLabels.team", "{% if not labels.team %}"),
        ("if .Nothing", ""),
        ("if not .Nothing", ""),
        ('if eq .Nothing "x"', ""),
        ("with .CommonAnnotations.summary", "{% if annotations.summary %}"),
        ('template "slack.default.title" .', "nothing: what is left empty stays as AlertHub writes it"),
        ('define "x"', "nothing: what is left empty stays as AlertHub writes it"),
        ('index .Nothing "x"', ""),
        ("len .Nothing", ""),
        ("printf \"%s\" .Status", ""),
    ],
)  # fmt: skip
def test_what_is_theirs_has_one_of_ours(theirs: str, ours: str) -> None:
    assert go.instead(theirs) == ours


def test_all_that_is_found_is_told_once_and_in_its_order() -> None:
    pasted = "{{ range .Alerts }}{{ .Labels.instance }} {{- .Labels.instance -}}{{ end }}"
    assert go.advice(pasted).splitlines() == [
        "This is a template in Alertmanager's language (Go); AlertHub's are Jinja2.",
        "for {{ range .Alerts }} write {% for alert in alerts %}",
        "for {{ .Labels.instance }} write {{ alert.labels.instance }}",
        "for {{ end }} write {% endfor %}, or {% endif %} after an if",
    ]


def test_of_many_the_first_are_told() -> None:
    told = go.advice(" ".join(f"{{{{ .Labels.l{number} }}}}" for number in range(20)))
    assert (len(told.splitlines()), told.splitlines()[-1]) == (8, "and 14 more like these")


@pytest.mark.parametrize(
    "source", ["{{ severity|upper }} {{ alerts[0].name }", "{{ 1 / 0 }}", "{% for a in b %}", "plain", "", "{{ status"]
)
def test_jinja_is_not_taken_for_it(source: str) -> None:
    assert go.advice(source) == ""


def test_what_looks_like_it_and_is_not_known_is_named_all_the_same() -> None:
    assert go.advice("{{ .Odd.Thing }}") == "This is a template in Alertmanager's language (Go); AlertHub's are Jinja2."


@pytest.mark.parametrize(
    "odd", ["{{" * 5000, "{{ ." + "A" * 9000 + " }}", "{{ if " + "not " * 49 + ".Status }}", "{{ .\n\n }}" * 900]
)
def test_what_is_pasted_in_malice_takes_no_time(odd: str) -> None:
    go.advice(odd)


@pytest.mark.parametrize(
    "theirs", [".CommonLabels.alertname", "len .Alerts", "range .Alerts", 'if eq .Status "firing"']
)
def test_what_is_told_can_be_said_here(theirs: str) -> None:
    ours = go.instead(theirs)
    closing = "{% endfor %}" if "for" in ours else "{% endif %}" if "if" in ours else ""
    engine.render(ours + closing, {"alerts": [], "labels": {}, "count": 1, "status": "firing"})


@pytest.mark.parametrize(
    "theirs", ["{{ len .Alerts }}", "{{ range .Alerts }}", "{{ range $a := .Alerts }}", "{{ .Status }}"]
)
def test_what_would_render_as_nothing_is_known_for_certain(theirs: str) -> None:
    assert go.is_sure(theirs)


@pytest.mark.parametrize(
    "ours", ['{{ "costs .Net $US" }}', "{{ 'a .B' }}", "{{ labels.Team }}", "{{ end }}", ".Net $US", "{{ 1 - .5 }}"]
)
def test_what_may_be_meant_is_let_pass(ours: str) -> None:
    assert not go.is_sure(ours)
