"""Log records as JSON lines, one object a line."""

import logging
from datetime import UTC, datetime

import orjson


class JsonLines(logging.Formatter):
    """Formats a record as ``{"time", "level", "logger", "message", "request_id"?, "error"?}``."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if getattr(record, "request_id", ""):
            line["request_id"] = record.request_id  # type: ignore[attr-defined]
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()
