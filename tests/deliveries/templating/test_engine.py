"""Templates: what they can say, and that they can neither escape nor run away nor speak for somebody else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.templating import TemplateFault, engine, limits
from deliveries.templating.context import context_of
from tests.deliveries.stories import a_story, an_alert

CONTEXT = {
    "severity": "critical",
    "alerts": [{"name": "DiskFull", "labels": {"team": "db", "bad": "@all *x* [a](http://evil.example)"}}],
}


def said(source: str) -> str:
    return engine.render(source, CONTEXT)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ severity|upper }}: {{ alerts[0].name }}", "CRITICAL: DiskFull"),
        ("{% for alert in alerts %}*{{ alert.name }}*{% endfor %}", "*DiskFull*"),
        (
            "{% for name, value in alerts[0].labels.items() %}{% if name == 'team' %}{{ value }}{% endif %}{% endfor %}",
            "db",
        ),
        ("{{ nothing.at.all }}|{{ alerts[0].labels.missing }}|", "||"),
        ("{{ alerts[0].labels.team|code }} {{ alerts[0].name|bold }}", "`db` *DiskFull*"),
        ("{{ 'https://runbooks.example/1'|link('Runbook') }}", "[Runbook](https://runbooks.example/1)"),
        ("{{ 'javascript:alert(1)'|link('x') }}", ""),
        ("{{ ['a', 'b']|join(' and ') }}", "a and b"),
        ("{{ severity ~ '!' }}", "critical!"),
        ("{{ severity|bold ~ alerts[0].labels.team|code }}", "*critical*`db`"),
        ("{{ nothing|bold }}|{{ 'see (http://a.example)'|bold }}", "|see (`http://a.example`)"),
        ("{{ 7|string ~ alerts[0].labels.team|string|length }}", "72"),
        ("{{ range }}{{ alerts[0].labels.items }}", ""),
    ],
)
def test_a_template_says(source: str, text: str) -> None:
    assert said(source) == text


def test_what_only_grafana_says_can_be_told() -> None:
    fields = {"values": "A=93.2", "dashboardURL": "d", "panelURL": "p", "silenceURL": "s"}
    context = context_of(a_story(an_alert(grafana_fields=fields), an_alert()))
    source = (
        "{{ alerts[%s].value }}|{{ alerts[%s].dashboard_url }}|{{ alerts[%s].panel_url }}|{{ alerts[%s].silence_url }}|"
    )
    assert [engine.render(source.replace("%s", place), context) for place in "01"] == ["A=93.2|d|p|s|", "||||"]


@pytest.mark.parametrize(
    "source",
    [
        "{{ alerts[0].labels.bad }}",
        "{{ alerts[0].labels.bad ~ '' }}",
        "{{ [alerts[0].labels.bad]|join }}",
        "{{ 'x'|replace('x', alerts[0].labels.bad) }}",
        "{% set text %}{{ alerts[0].labels.bad }}{% endset %}{{ text }}",
        "{{ alerts[0].labels.bad|link }}{{ 'https://a.example'|link(alerts[0].labels.bad) }}",
        "{{ alerts[0].labels.bad|bold }}",
    ],
)
def test_what_an_alert_says_mentions_nobody(source: str) -> None:
    text = said(source)
    assert ("@all" in text, "](http://evil" in re.sub(r"`[^`]*`", "", text)) == (False, False)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ alerts.__class__.__subclasses__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ ''['__class__'] }}",
        "{{ range.__call__.__globals__ }}",
    ],
)
def test_nothing_inside_python_is_reached(source: str) -> None:
    assert said(source) == ""


@pytest.mark.parametrize(
    "source",
    [
        "{{ alerts|attr('__class__') }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ alerts|map('x') }}",
        "{{ alerts.append(1) }}",
        "{{ alerts[0].update({}) }}",
        "{{ ''.__class__() }}",
        "{{ lipsum() }}",
        "{% include 'settings.py' %}",
        "{% import 'os' as os %}",
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ range(1000000000)|list }}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
        "{% for a in range(1000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
        "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
        "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x|replace('a', 'aaaaaaaaaa') %}" * 20 + "{{ x }}",
        "{% set x = 'aaaaaaaaaa' %}" + "{% set x = [x, x, x]|join %}" * 30 + "{{ x }}",
        "{{ 1 / 0 }}",
        "{{ severity + 1 }}",
        "{{ x",
        "{{" + "(" * 3000 + "1" + ")" * 3000 + "}}",
    ],
)
def test_what_a_template_must_not_do_is_a_fault(source: str) -> None:
    with pytest.raises(TemplateFault):
        said(source)


@pytest.mark.parametrize(("source", "line"), [("a\nb\n{{ x", 3), ("a\n\n{{ 1 / 0 }}", 3), ("{{ 1|nothing }}", 1)])
def test_a_fault_names_its_line(source: str, line: int) -> None:
    with pytest.raises(TemplateFault, match=rf"^Line {line}: ") as caught:
        said(source)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ " + "1" * 5000 + " }}", "A number in it is too long."),
        ("{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}", "It is nested too deeply."),
        ("{% for a in [1] %}" * 30 + "x" + "{% endfor %}" * 30, "It is nested too deeply."),
    ],
    ids=["digits", "brackets", "loops"],
)
def test_what_python_itself_cannot_read_is_a_fault_in_our_words(source: str, words: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        said(source)
    assert str(caught.value) == words


def test_memory_that_ran_out_is_left_to_the_process() -> None:
    """It starts anew: what a template took is not known to be free again."""
    with pytest.raises(MemoryError):
        engine.render("{{ all|list }}", {"all": range(2**62)})


@given(st.text(alphabet="{}%|.()[]'\"_ afornisex0129+*~\n", max_size=60))
def test_any_text_is_rendered_or_a_fault(source: str) -> None:
    try:
        text = said(source)
    except TemplateFault:
        return
    assert len(text) <= limits.LONGEST
