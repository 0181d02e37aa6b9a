"""Log records as JSON lines, one object a line."""

import logging
import re
from datetime import UTC, datetime

import orjson

# Who knows such an address may read the calendar behind it, or acknowledge the mail. Django logs
# addresses that it refuses: those are often the right secret in an address a little wrong.
_SECRET_ADDRESS = re.compile(r"(/+calendar/+|/+acknowledge/+\d+/+)[^\s\"'<>/]+", re.IGNORECASE)


class JsonLines(logging.Formatter):
    """Formats a record as ``{"time", "level", "logger", "message", "request_id"?, "error"?}``."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": _without_secrets(record.getMessage()),
        }
        if getattr(record, "request_id", ""):
            line["request_id"] = record.request_id  # type: ignore[attr-defined]
        if record.exc_info:
            line["error"] = _without_secrets(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


def _without_secrets(text: str) -> str:
    return _SECRET_ADDRESS.sub(r"\1…", text)
