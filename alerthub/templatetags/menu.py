"""{% heading as page %} and {% browser_title %}: what the page is called and what it stands in."""

from __future__ import annotations

from django import template
from django.template import Context

from alerthub.menu import heading as headings
from alerthub.menu.heading import Heading

register = template.Library()


@register.simple_tag(takes_context=True)
def heading(context: Context) -> Heading:
    return headings.of_page(context)


@register.simple_tag(takes_context=True)
def browser_title(context: Context) -> str:
    return headings.in_browser(headings.of_page(context))
