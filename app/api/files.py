"""Files as answers, whole or in the ranges a client asks for (RFC 9110, 14)."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import (
    FileResponse,
    MalformedRangeHeader,
    RangeNotSatisfiable,
    Response,
)
from starlette.types import Receive, Scope, Send

from app.api.freshness import KEPT, matching
from app.api.guard import IS_HEAD


class RangedFile(FileResponse):
    """A file that is resumed and read in parts: 206, 304, 416, `If-Range` with a strong tag.

    Whoever makes one states its ``ETag``.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; of a HEAD, which routes see as a GET, not a byte is read."""
        known = matching(Headers(scope=scope).get("if-none-match"), self.headers["etag"])
        if known is not None:
            # Before the range is looked at (RFC 9110, 13.2.2), and before the file is opened.
            unchanged = {**self.headers, "etag": known}
            kept = {name: value for name, value in unchanged.items() if name in KEPT}
            await Response(status_code=304, headers=kept)(scope, receive, send)
            return
        if scope.get(IS_HEAD):
            scope = {**scope, "method": "HEAD"}
        await super().__call__(scope, receive, send)

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        """Return the ranges; a header that is not understood is passed over, and all is sent.

        Raises
        ------
        HTTPException
            One begins behind the file's end (416); Starlette's own answer is an empty text.
        """
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []
        except RangeNotSatisfiable as error:
            size = f"bytes */{error.max_size}"
            detail = f"The file has {error.max_size:,} bytes; a range begins behind its end."
            raise HTTPException(416, detail, headers={"Content-Range": size}) from None
