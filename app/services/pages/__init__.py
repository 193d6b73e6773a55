"""Pages of points without a query: cut out of texts that were put together before."""

from app.services.pages.preparing import PreparedPages, page_of

__all__ = ["PreparedPages", "page_of"]
