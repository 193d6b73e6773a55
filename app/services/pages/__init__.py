"""Pages of points without a query: cut out of texts that were put together before."""

from app.services.pages.preparing import Cutting, PreparedPages
from app.services.pages.texts import PageTexts, find_by_id

__all__ = ["Cutting", "PageTexts", "PreparedPages", "find_by_id"]
