"""Log formats. Tokens of one-time links are masked wherever a path is logged: in messages,
exceptions and extra fields."""

from __future__ import annotations

import logging
import re

from pythonjsonlogger.orjson import OrjsonFormatter

# paths of viewer/urls.py that end in a token
_TOKENS = re.compile(r"((?:sign-in|invitation|shared/open)(?:/|%2F)+)[^\s/\"'<>?#]+", re.IGNORECASE)
# parameters that an OpenID provider sends back, and keys in the query string
_PARAMETERS = re.compile(
    r"((?:\b|_)(?:code|state|token|secret|key|password)=)[^\s&\"'<>]+", re.IGNORECASE
)


# uvicorn's warnings about requests that are not valid HTTP.
_OF_STRANGERS = (
    "Invalid HTTP request received",
    "Unsupported upgrade request",
    "No supported WebSocket library",
)


class PeerErrorFilter(logging.Filter):
    """Drops warnings that strangers can cause, so that they cannot fill the disk."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.getMessage().startswith(_OF_STRANGERS) or _is_of_closed(record))


def _is_of_closed(record: logging.LogRecord) -> bool:
    """Whether uvloop failed to write to a connection that the peer had just closed."""
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, RuntimeError) and "the handler is closed" in str(error)


def mask_tokens(text: str) -> str:
    return _PARAMETERS.sub(r"\1***", _TOKENS.sub(r"\1***", text))


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask_tokens(super().format(record))


class JsonFormatter(OrjsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask_tokens(super().format(record))
