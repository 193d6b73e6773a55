"""Everything that can go wrong on purpose.

The tree, and what each branch means to a caller::

    HotspotsError
    ├── InvalidRequest        the request cannot be understood; names the parameter
    ├── NotAuthorised         the operator key is missing or wrong
    ├── NotFound              no such thing
    ├── Conflict              the thing exists or has moved on
    ├── TooLarge              above a stated limit
    ├── Unprocessable         understood, but it cannot be done; says why and what would help
    ├── Busy                  try again later
    ├── StorageFull           no space left on disk
    └── NotReady              the installation is at fault
        ├── DatabaseUnavailable
        ├── PostGISMissing
        ├── NotMigrated
        └── UnsafeSettings

`spatial` and `ingest` raise exceptions of their own; `app.services` passes them on as
`Unprocessable` with their sentence. Only `app.api.problems` knows HTTP.
"""

from typing import Any


class HotspotsError(Exception):
    """Base of the exceptions whose message may be shown to anybody."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidRequest(HotspotsError):
    """The request cannot be understood."""

    def __init__(self, message: str, *, parameter: str | None = None, **details: Any) -> None:
        if parameter is not None:
            details["parameter"] = parameter
        super().__init__(message, **details)


class NotAuthorised(HotspotsError):
    """The operator key is missing or wrong."""


class NotFound(HotspotsError):
    """No such thing."""


class Conflict(HotspotsError):
    """The thing exists already or has moved on."""


class TooLarge(HotspotsError):
    """Above a stated limit."""


class Unprocessable(HotspotsError):
    """Understood, but it cannot be done."""


class Busy(HotspotsError):
    """Too much work at once, or a query that took too long."""


class StorageFull(HotspotsError):
    """No space left on disk."""


class NotReady(HotspotsError):
    """The installation is at fault, not the request."""


class DatabaseUnavailable(NotReady):
    """The database does not answer."""


class PostGISMissing(NotReady):
    """The database answers but has no PostGIS."""


class NotMigrated(NotReady):
    """The schema is not the one this version needs."""


class UnsafeSettings(NotReady):
    """Settings that contradict each other or would open the door to anybody."""
