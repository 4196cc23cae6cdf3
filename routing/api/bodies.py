"""Reads the JSON body of a request: capped, and whatever it holds, never an error of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from routing.api.errors import TooLarge


class JsonBody(JSONParser):
    """REST framework's own parser reads any size, and falls over deeply nested lists."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        try:
            body = stream.read(most + 1)
        except OSError:
            raise ParseError("The connection broke before the whole body was here.") from None
        if len(body) > most:
            raise TooLarge(f"The body is larger than {most} bytes.")
        try:
            return json.loads(body.decode(), parse_constant=_refuse)
        except json.JSONDecodeError as error:
            raise ParseError(f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from None
        except UnicodeDecodeError:
            raise ParseError("The body must be JSON in UTF-8.") from None
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except ValueError:  # what is left: NaN, Infinity, and numbers of more than 4300 digits
            raise ParseError("The body holds a number that cannot be read.") from None


def _refuse(_constant: str) -> NoReturn:
    raise ValueError
