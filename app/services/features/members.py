"""Members, as far as they agreed to be shown."""

from typing import Any

from sqlalchemy import ColumnElement, and_

from app.db.models import Member
from app.services.visibility import Visible


def properties() -> dict[str, Any]:
    """Return what a member shows; the e-mail address is never among it."""
    return {
        "name": Member.name,
        "kind": Member.kind,
        "organisation": Member.organisation,
        "city": Member.city,
        "country": Member.country,
        "working_groups": Member.working_groups,
    }


def is_visible(_visible: Visible) -> ColumnElement[bool]:
    """Return the condition that a member was approved and consents."""
    return and_(Member.status == "approved", Member.consented_at.is_not(None))
