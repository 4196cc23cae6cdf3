"""What accepting and delivering is measured against: a Django view without a database, whose caller waits for the room."""

from __future__ import annotations

import json
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.bare_relay_settings"

import requests
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

application = get_wsgi_application()
HOOK = os.environ["BENCH_HOOK"]


@csrf_exempt
def webhook(request: HttpRequest) -> JsonResponse:
    told = json.loads(request.body)
    lines = [f"*{one['labels']['alertname']}* {one['annotations'].get('summary', '')}" for one in told["alerts"]]
    answer = requests.post(HOOK, json={"text": "\n".join(lines)}, timeout=10)
    return JsonResponse({"success": answer.json()["success"]}, status=202)


urlpatterns = [path("webhook", webhook)]
