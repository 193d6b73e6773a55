"""Files as answers, whole or in the ranges a client asks for (RFC 9110, 14)."""

from starlette.responses import FileResponse, MalformedRangeHeader
from starlette.types import Receive, Scope, Send

from app.api.guard import IS_HEAD


class RangedFile(FileResponse):
    """A file that is resumed and read in parts: 206, 416, `If-Range` with a strong tag."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; of a HEAD, which routes see as a GET, not a byte is read."""
        if scope.get(IS_HEAD):
            scope = {**scope, "method": "HEAD"}
        await super().__call__(scope, receive, send)

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        """Return the ranges; a header that is not understood is passed over, and all is sent."""
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []
