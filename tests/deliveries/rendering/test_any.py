"""Whatever the grammar of templates can say is a text or a fault that is a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliveries.rendering.renderer import Limits
from deliveries.rendering.renderers import Renderers
from deliveries.templating import TemplateFault, limits
from deliveries.templating.words import filters
from tests.deliveries.bombs import CONTEXT

FILTERS = sorted(name for name in filters() if not name.startswith("_"))

atoms = st.sampled_from(
    ["a", "b", "alerts", "alerts[0].labels", "alerts[0].labels.long", "severity", "'xy'", "[1, 2]", "{'k': a}", "7", "2.5",
     "range(900)", "none", "missing.at.all"]
)  # fmt: skip


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(["+", "*", "~", "-", "//", "%", "**", "==", "<", "in", "and"]), inner)
    return st.one_of(
        pairs.map(lambda found: f"({' '.join(found)})"),
        st.tuples(inner, st.sampled_from(FILTERS)).map(lambda found: f"({found[0]})|{found[1]}"),
        st.tuples(inner, st.sampled_from(["join", "replace('x', {})", "groupby('k')", "sum(start=[])"]), inner).map(
            lambda found: f"({found[0]})|{found[1].replace('{}', found[2])}"
        ),
        st.tuples(inner, inner).map(lambda found: f"[{found[0]}, {found[1]}]"),
        st.tuples(inner, inner).map(lambda found: f"{{'k': {found[0]}, 'l': {found[1]}}}"),
        st.tuples(inner, inner).map(lambda found: f"({found[0]}, {found[1]})"),
    )


expressions = st.recursive(atoms, larger, max_leaves=8)
said = expressions.map(lambda found: f"{{{{ {found} }}}}")
sets = st.tuples(st.sampled_from("ab"), expressions).map(lambda found: f"{{% set {found[0]} = {found[1]} %}}")
again = st.tuples(sets, st.integers(1, 40)).map(lambda found: found[0] * found[1])


def around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(expressions, inner).map(lambda found: f"{{% for a in {found[0]} %}}{found[1]}{{% endfor %}}"),
        st.tuples(expressions, inner).map(lambda found: f"{{% if {found[0]} %}}{found[1]}{{% endif %}}"),
        inner.map(lambda found: f"{{% set b %}}{found}{{% endset %}}"),
        inner.map(lambda found: f"{{% macro m(a) %}}{found}{{{{ m(a) }}}}{{% endmacro %}}{{{{ m(b) }}}}"),
    )


templates = st.recursive(st.one_of(said, again, st.just("x")), around, max_leaves=6)


@pytest.fixture(scope="module")
def renderers() -> Iterator[Renderers]:
    made = Renderers(Limits(computing=0.05, starting=60, waiting=60))
    yield made
    made.sweep(idle=0)


@given(template=templates)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_template_is_a_text_or_a_fault(renderers: Renderers, template: str) -> None:
    text, fault = "", "."
    try:
        text = renderers.render("", template, CONTEXT)[1]
    except TemplateFault as error:
        fault = str(error)
    assert (len(text) <= limits.LONGEST, fault[-1]) == (True, ".")
