"""How every answer of the API is written, and what OPTIONS says: never an error of ours, whatever was asked."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request


class Json(JSONRenderer):
    """Half a character, which JSON can escape and UTF-8 cannot hold, is answered as it came: escaped."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        try:
            return super().render(data, accepted_media_type, renderer_context)
        except UnicodeEncodeError:
            return json.dumps(data, cls=self.encoder_class, ensure_ascii=True).encode()


class Methods(BaseMetadata):
    """OPTIONS: what may be done here. What a body holds is said by /api/schema/."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        return {
            "name": view.get_view_name(),
            "description": view.get_view_description(),
            "methods": view.allowed_methods,
        }
