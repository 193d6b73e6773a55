"""Two surfaces, or two layers, may be of the same numbers: those of different data sets.

Whoever makes a data set private and sends its file again under another name asks for the surface of
all public data sets anew, and the one of the same numbers is not to be seen. That there is but one
of the same data sets is seen to by whoever publishes it, under a lock.

Revision ID: 20261128_same_numbers
Revises: 20261128_one_look
"""

from alembic import op

revision = "20261128_same_numbers"
down_revision = "20261128_one_look"
branch_labels = None
depends_on = None

_TABLES = ("surface", "hotspot_layer")


def upgrade() -> None:
    """Let indexes hold the same hash twice."""
    _index(is_unique=False)


def downgrade() -> None:
    """Let them hold it once; refused where there are two."""
    _index(is_unique=True)


def _index(*, is_unique: bool) -> None:
    for table in _TABLES:
        name = op.f(f"ix_{table}_request_sha256")
        op.drop_index(name, table_name=table, schema="hotspots")
        op.create_index(name, table, ["request_sha256"], unique=is_unique, schema="hotspots")
