"""Templates that try to use up the processor or the memory, each by another way."""

from __future__ import annotations


def _doubled(start: str, step: str, times: int = 60) -> str:
    return f"{{% set a={start} %}}{{% set b={start} %}}" + f"{{% set a={step} %}}" * times


def _both(start: str, step: str, times: int = 60) -> str:
    """Two values that are built alike."""
    other = step.replace("a", "b")
    return f"{{% set a={start} %}}{{% set b={start} %}}" + f"{{% set a={step} %}}{{% set b={other} %}}" * times


def _loops(body: str, depth: int = 3, of: str = "range(1000)") -> str:
    return "".join(f"{{% for i{n} in {of} %}}" for n in range(depth)) + body + "{% endfor %}" * depth


BOMBS = {
    # texts
    "text added to itself": _doubled("'xxxxxxxx'", "a+a") + "{{ a }}",
    "text joined to itself": _doubled("'xxxxxxxx'", "a~a") + "{{ a }}",
    "text times a number": "{{ 'x' * 999999999 }}",
    "number times text": "{{ 999999999 * 'x' }}",
    "format width": "{{ '%999999999d' % 1 }}",
    "format filter": "{{ '%999999999d'|format(1) }}",
    "str.format": "{{ '{:999999999}'.format(1) }}",
    "center": "{{ 'x'|center(999999999) }}",
    "indent": "{{ 'x\\nx'|indent(999999999) }}",
    "wordwrap": "{{ ('x' * 9999)|wordwrap(1) }}",
    "ljust": "{{ 'x'.ljust(999999999) }}",
    "replace by more": _doubled("'xxxxxxxx'", "a|replace('x', 'xxxxxxxx')", 30) + "{{ a }}",
    "replace of nothing": _doubled("'xxxxxxxx'", "a|replace('', 'xxxxxxxx')", 30) + "{{ a }}",
    "join of itself": _doubled("'xxxxxxxx'", "[a,a,a]|join", 40) + "{{ a }}",
    "join by itself": _doubled("'xxxxxxxx'", "'abcdefgh'|join(a)", 40) + "{{ a }}",
    "json": _doubled("[1]", "[a,a]") + "{{ a|tojson }}",
    "pprint": _doubled("[1]", "[a,a]") + "{{ a|pprint }}",
    "urlize": "{{ ('http://a' * 2000)|urlize }}",
    "xmlattr": "{{ {'a': 'x' * 9999}|xmlattr }}",
    "long upper and lower": _loops("{{ alerts[0].labels.long|upper|lower|title|capitalize }}", 2),
    "long values kept": "{% set n=namespace(l=[]) %}" + _loops("{% set n.l=n.l+[alerts[0].labels.long~i0] %}", 1),
    "a set block": "{% set a %}xxxxxxxx{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40 + "{{ a }}",
    "code of much": _loops("{{ alerts[0].labels.long|code }}", 2),
    "links of much": _loops("{{ ('https://a.example/' ~ alerts[0].labels.long)|link }}", 2),
    # numbers
    "power": "{{ 9 ** 9 ** 9 }}",
    "power of variables": "{% set a=99999999 %}{{ a ** a }}",
    "squared and squared": _doubled("9999999", "a*a") + "{{ a }}",
    "added and added": _doubled("9999999999", "a+a", 200) + "{{ a }}",
    "a long number": "{{ " + "9" * 5000 + " }}",
    "a long number times": "{{ " + "9" * 4000 + " * " + "9" * 4000 + " }}",
    "int of a long text": "{{ (alerts[0].labels.digits ~ alerts[0].labels.digits)|int }}",
    "round far": "{{ 1.5|round(999999999) }}",
    "round far below": "{{ 1.5|round(-999999999, 'floor') }}",
    "minus": _doubled("9999999", "a-(0-a)", 200) + "{{ a }}",
    # lists
    "list added to itself": _doubled("[1]", "a+a") + "{{ a }}",
    "list times a number": "{{ [1] * 999999999 }}",
    "list in itself, said": _doubled("[1]", "[a,a]") + "{{ a }}",
    "list in itself, as text": _doubled("[1]", "[a,a]") + "{{ a|string|length }}",
    "list in itself, compared": _both("[1]", "[a,a]") + "{{ a == b }}",
    "list in itself, searched": _both("[1]", "[a,a]") + "{{ a in [b] }}",
    "list in itself, sorted": _both("[1]", "[a,a]") + "{{ [a,b,a,b]|sort|length }}",
    "list in itself, grouped": _both("[1]", "[a,a]") + "{{ [{'k': a}, {'k': b}]|groupby('k')|length }}",
    "tuple in itself, hashed": _doubled("(1,)", "(a,a)") + "{{ {a: 1}|length }}",
    "tuple in itself, unique": _both("(1,)", "(a,a)") + "{{ [a,b]|unique|list|length }}",
    "dict in itself, said": _doubled("{'k':1}", "{'k':a,'l':a}") + "{{ a }}",
    "dict in itself, compared": _both("{'k':1}", "{'k':a,'l':a}") + "{{ a == b }}",
    "dict in itself, sorted": _both("{'k':1}", "{'k':a,'l':a}") + "{{ {'x':a,'y':b}|dictsort(by='value') }}",
    "items of a dict in itself": _doubled("{'k':1}", "{'k':a,'l':a}") + "{{ a.items()|string|length }}",
    "values of a dict in itself": _doubled("{'k':1}", "{'k':a,'l':a}") + "{{ (a.values() ~ '')|length }}",
    "sum of lists": _doubled("[1]", "[a,a]|sum(start=[])") + "{{ a|length }}",
    "slices": _doubled("[1]", "a[:]+a[:]") + "{{ a }}",
    "list of a text": _doubled("'xxxxxxxx'", "a|list|join~a", 40) + "{{ a }}",
    "deep list": "{% set n=namespace(l=1) %}" + _loops("{% set n.l=[n.l] %}", 2) + "{{ n.l }}",
    "deep list compared": "{% set n=namespace(l=1,m=1) %}" + _loops("{% set n.l=[n.l] %}{% set n.m=[n.m] %}", 2)
    + "{{ n.l == n.m }}",
    "range": "{{ range(999999999)|list }}",
    "range in range": "{{ range(1000)|list + range(1000)|list }}" + _loops("{{ range(1000)|list }}", 2),
    "batch and slice": "{{ range(1000)|batch(1)|list }}{{ range(1000)|slice(999999999)|list }}",
    # loops
    "loops in loops": _loops("", 5),
    "loops that filter": _loops("{{ alerts|selectattr('name')|list|length }}", 2),
    "map": "{{ range(1000)|map('string')|list }}",
    "filters without loops": "{{ range(1000)|" + "|".join(["sort|unique|list|select|list"] * 12) + " }}",
    "sorts of sorts": "{{ range(1000)|" + "|".join(["sort(reverse=true)|sort"] * 40) + "|length }}",
    "sorts of sorts in loops": _loops("{{ range(1000)|" + "|".join(["sort(reverse=true)|sort"] * 40) + "|length }}", 2),
    "a chain of filters": "{{ alerts[0].labels.long|" + "|".join(["title|upper|lower"] * 25) + " }}",
    "more filters than can be nested": "{{ 1|" + "|".join(["abs"] * 2000) + " }}",
    "grouping in loops": _loops("{{ range(1000)|groupby('real')|length }}", 2),
    "loops over texts": _loops("", 4, "alerts[0].labels.long"),
    "a recursive loop": "{% for a in [[1]] recursive %}{{ loop([a,a]) }}{{ loop([a,a]) }}{% endfor %}",
    "a macro that calls itself": "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "a macro that calls twice": "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "macros that call macros": "{% macro m0() %}x{% endmacro %}"
    + "".join(f"{{% macro m{n}() %}}{{{{ m{n - 1}() }}}}{{{{ m{n - 1}() }}}}{{% endmacro %}}" for n in range(1, 40))
    + "{{ m39() }}",
    "a call block": "{% macro f() %}{{ caller() }}{{ caller() }}{% endmacro %}"
    + "{% call f() %}" * 12 + "x" + "{% endcall %}" * 12,
    "loop.index and cycle": _loops("{{ loop.cycle(1, 2) }}{{ loop.index ** 9 }}", 3),
    "namespace grows": "{% set n=namespace(a='xxxxxxxx') %}" + _loops("{% set n.a=n.a~n.a %}", 1) + "{{ n.a }}",
    "namespace of lists": "{% set n=namespace(a=[1]) %}" + _loops("{% set n.a=[n.a,n.a] %}", 1) + "{{ n.a == [n.a,n.a] }}",
    "namespaces in turn": "{% set n=namespace(a=[1],b=[1]) %}"
    + _loops("{% set n.a=[n.a,n.a] %}{% set n.b=[n.b,n.b] %}", 1, "range(60)") + "{{ n.a == n.b }}",
    # what compiles badly
    "brackets": "{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}",
    "lists nested in the source": "{{ " + "[" * 3000 + "]" * 3000 + " }}",
    "ands": "{{ " + "1 and " * 1600 + "1 }}",
    "nots": "{{ " + "not " * 2400 + "1 }}",
    "ifs in ifs": "{% if 1 %}" * 600 + "{% endif %}" * 400,
    "loops in the source": "{% for a in [1] %}" * 30 + "x" + "{% endfor %}" * 30,
    "dots": "{{ a" + ".a" * 4900 + " }}",
    "pluses": "{{ 1" + "+1" * 4900 + " }}",
    "compares": "{{ a" + "<a" * 4900 + " }}",
    "concats": "{{ 1" + "~1" * 4900 + " }}",
    "sets": "{% set a=1 %}" * 700,
    "comments": "{#" * 4900,
    "spaces": "{{" + " " * 9900 + "}}",
    "quotes": "{{ '" + "\\\\" * 4900 + " }}",
    "dashes": "{{-" * 3000,
}  # fmt: skip

CONTEXT = {
    "severity": "critical",
    "count": 1,
    "alerts": [{"name": "DiskFull", "labels": {"long": "aB c-" * 800, "digits": "9" * 4000}, "annotations": {}}],
}
