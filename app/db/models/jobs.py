"""Units of background work, as callers see them; the queue itself is Procrastinate's."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Double, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, CreatedAt, Key, PublicId, one_of


class Job(Base):
    """One job: what was asked, how far it is, what came of it."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("status", "queued", "running", "succeeded", "failed", "cancelled"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        Index(None, "queue_job_id"),
    )

    id: Mapped[Key]
    uid: Mapped[PublicId]
    kind: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(server_default="queued")
    progress: Mapped[float] = mapped_column(Double, server_default="0")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # Counts starts; a worker that was declared dead cannot publish over its successor.
    attempt: Mapped[int] = mapped_column(server_default="0")
    queue_job_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
