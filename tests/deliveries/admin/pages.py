"""The list of deliveries and the page of one, as a browser opens them."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from deliveries.models import Delivery

LIST = "/admin/deliveries/delivery/"


def page(delivery: Delivery, what: str = "change") -> str:
    return reverse(f"admin:deliveries_delivery_{what}", args=[delivery.pk])


def text(browser: Client, delivery: Delivery) -> str:
    return browser.get(page(delivery)).content.decode()


def found(browser: Client, search: str, **filters: str) -> list[str]:
    """The titles that the list shows."""
    answer = browser.get(LIST, {"q": search, **filters})
    return sorted(delivery.title for delivery in answer.context["cl"].queryset)
