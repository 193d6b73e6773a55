"""The map page: static files only, plain ES modules and vendored libraries."""

from pathlib import Path

STATIC_DIRECTORY = Path(__file__).parent / "static"
"""The folder served under /static/; its index.html is the page at /."""

INDEX_PAGE = STATIC_DIRECTORY / "index.html"
DOCS_PAGE = STATIC_DIRECTORY / "docs.html"
"""Swagger UI without inline script, for /api/docs."""
