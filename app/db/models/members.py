"""People and organisations of the network."""

from datetime import datetime

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, CreatedAt, HilbertKey, Key, PublicId, one_of, within_the_globe


class Member(Base):
    """A member; shown only when approved and consenting, at the place of their city."""

    __tablename__ = "member"
    __table_args__ = (
        one_of("kind", "person", "organisation"),
        one_of("status", "pending", "approved", "rejected"),
        within_the_globe("geom"),
        CheckConstraint("status <> 'approved' OR consented_at IS NOT NULL", name="consent"),
        Index("ix_member_geom", "geom", postgresql_using="gist"),
        Index(None, "hilbert", "id"),
        Index("uq_member_email_name", text("lower(email)"), text("lower(name)"), unique=True),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    kind: Mapped[str]
    name: Mapped[str]
    organisation: Mapped[str | None]
    email: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    place_id: Mapped[str]
    geom: Mapped[str] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False), nullable=False
    )
    hilbert: Mapped[HilbertKey]
    working_groups: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(server_default="pending")
    consented_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    decided_at: Mapped[datetime | None]
