"""How a kind of file is read, said once and saved."""

from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, CreatedAt, one_of


class SavedMapping(Base):
    """A mapping by its name, as TOML; a file with the same columns finds it again."""

    __tablename__ = "mapping"
    __table_args__ = (one_of("kind", "samples", "sources", "aggregates"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[str]
    toml: Mapped[str]
    saved_at: Mapped[CreatedAt]
