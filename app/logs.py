"""Logging: one line a record, on standard error, with the process and the request it belongs to."""

import logging
import sys
from contextvars import ContextVar

# The id of the request that is being answered; "-" outside of one.
request_id: ContextVar[str] = ContextVar("request_id", default="-")


def _with_request(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


def configure_logging() -> None:
    """Send the product's records to standard error and quieten its libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter(
            "%(asctime)s %(levelname)s %(process)d %(name)s [%(request_id)s]: %(message)s",
            "%Y-%m-%dT%H:%M:%S%z",
        )
    )
    handler.addFilter(_with_request)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("app").setLevel(logging.INFO)
