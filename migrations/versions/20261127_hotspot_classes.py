"""Classes of hotspots, definitions without a threshold or a surface, and their own quantities.

Revision ID: 20261127_hotspot_classes
Revises: 20261127_own_frameworks
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_hotspot_classes"
down_revision = "20261127_own_frameworks"
branch_labels = None
depends_on = None

_SCHEMA = "hotspots"
_CLASSES = "'undecidable', 'likely', 'possible', 'cannot_be_ruled_out', 'significant', 'highest'"
_FIGURES = ("min", "mean", "max")


def upgrade() -> None:
    op.alter_column("hotspot_layer", "threshold", nullable=True, schema=_SCHEMA)
    op.alter_column("hotspot_layer", "surface_id", nullable=True, schema=_SCHEMA)
    op.add_column("hotspot_layer", sa.Column("epsg", sa.Integer()), schema=_SCHEMA)
    op.execute(
        "UPDATE hotspots.hotspot_layer l SET epsg = s.epsg FROM hotspots.surface s "
        "WHERE s.id = l.surface_id"
    )
    op.alter_column("hotspot_layer", "epsg", nullable=False, schema=_SCHEMA)
    op.add_column("hotspot_layer", sa.Column("data_state", sa.Text()), schema=_SCHEMA)
    # What was q is the fraction from which on a polygon is likely.
    op.execute(
        "UPDATE hotspots.hotspot_layer SET parameters = "
        "(parameters - 'q') || jsonb_build_object('likely', parameters -> 'q')"
    )
    op.drop_constraint(op.f("ck_hotspot_probabilities"), "hotspot", schema=_SCHEMA, type_="check")
    for name in _FIGURES:
        op.alter_column(
            "hotspot",
            f"p_{name}",
            new_column_name=f"quantity_{name}",
            nullable=True,
            schema=_SCHEMA,
        )
    for column, default in (
        (sa.Column("confidence", sa.Text(), nullable=False), "likely"),
        (sa.Column("undecidable_count", sa.Integer(), nullable=False), "0"),
        (sa.Column("quantity", sa.Text(), nullable=False), "probability"),
    ):
        column.server_default = sa.DefaultClause(default)
        op.add_column("hotspot", column, schema=_SCHEMA)
        op.alter_column("hotspot", column.name, server_default=None, schema=_SCHEMA)
    op.add_column(
        "hotspot",
        sa.Column(
            "area_codes",
            postgresql.ARRAY(sa.TEXT()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        schema=_SCHEMA,
    )
    for name, condition in (
        ("confidence", f"confidence IN ({_CLASSES})"),
        (
            "quantities",
            "quantity_min <= quantity_mean AND quantity_mean <= quantity_max "
            "AND quantity_max < 'Infinity'",
        ),
        (
            "probabilities",
            "quantity <> 'probability' OR (quantity_min >= 0 AND quantity_max <= 1)",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_hotspot_{name}"), "hotspot", condition, schema=_SCHEMA)


def downgrade() -> None:
    # What the earlier schema cannot hold goes: other definitions, and polygons of other classes.
    op.execute("DELETE FROM hotspots.hotspot WHERE confidence <> 'likely'")
    op.execute(
        "UPDATE hotspots.hotspot_layer SET supersedes_id = NULL WHERE supersedes_id IN "
        "(SELECT id FROM hotspots.hotspot_layer WHERE definition <> 'exceedance')"
    )
    op.execute("DELETE FROM hotspots.hotspot_layer WHERE definition <> 'exceedance'")
    for name in ("confidence", "quantities", "probabilities"):
        op.drop_constraint(op.f(f"ck_hotspot_{name}"), "hotspot", schema=_SCHEMA, type_="check")
    for name in ("area_codes", "quantity", "undecidable_count", "confidence"):
        op.drop_column("hotspot", name, schema=_SCHEMA)
    for name in _FIGURES:
        op.alter_column(
            "hotspot",
            f"quantity_{name}",
            new_column_name=f"p_{name}",
            nullable=False,
            schema=_SCHEMA,
        )
    op.create_check_constraint(
        op.f("ck_hotspot_probabilities"),
        "hotspot",
        "p_min >= 0 AND p_min <= p_mean AND p_mean <= p_max AND p_max <= 1",
        schema=_SCHEMA,
    )
    op.execute(
        "UPDATE hotspots.hotspot_layer SET parameters = "
        "(parameters - 'likely') || jsonb_build_object('q', parameters -> 'likely')"
    )
    for name in ("data_state", "epsg"):
        op.drop_column("hotspot_layer", name, schema=_SCHEMA)
    op.alter_column("hotspot_layer", "surface_id", nullable=False, schema=_SCHEMA)
    op.alter_column("hotspot_layer", "threshold", nullable=False, schema=_SCHEMA)
