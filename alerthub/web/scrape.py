"""Prometheus asks here: `/metrics`, open to everybody who can reach it, as its labels hold names only."""

from __future__ import annotations

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from deliveries.figures import metrics as figures


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        return HttpResponse(figures.text(timezone.now()), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    except Error as error:
        sentence = f"The database cannot be asked for figures ({type(error).__name__}).\n"
        return HttpResponse(sentence, status=503, content_type="text/plain", headers={"Retry-After": "15"})
