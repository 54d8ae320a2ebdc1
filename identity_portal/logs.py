"""What a line of the log looks like: text for people, or JSON for whoever collects it (LOG_FORMAT)."""

import json
import logging
import re
from datetime import UTC, datetime

from freedom_id.request_id import current_request_id


class WithRequestId(logging.Filter):
    """Gives each record the id of the request that caused it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class WithoutPrivateAddresses(logging.Filter):
    """Django names the path of what went wrong; where the path is all the access there is, its end is left out."""

    private = re.compile(r"(/partners/(?:applications|secret)/)[^/\s]+")

    def filter(self, record: logging.LogRecord) -> bool:
        if self.private.search(record.getMessage()):
            record.msg, record.args = self.private.sub(r"\1…", record.getMessage()), ()
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line. A traceback is a list of its lines, so that the line stays one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", None),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info).splitlines()
        return json.dumps(line)
