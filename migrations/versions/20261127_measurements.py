"""Results are stored narrow: what many of them share is told once and referred to.

A row of results repeated the same dozen words (unit, basis, method, column, ...) a million
times; writing them, and three indexes that held some of them, was more than half of the time of
loading. Now a `measurement` is a number in a sample, a `measurand` what was measured (shared by
all data sets), and a `manner` how one import told it. The view `result` shows them as before.

Revision ID: 20261127_measurements
Revises: 20261127_aggregates
"""

# ruff: noqa: S608 - names are constants of this file

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261127_measurements"
down_revision = "20261127_aggregates"
branch_labels = None
depends_on = None

_MANNER = (
    "import_id, unit, basis, limit_kind, qualifier, method, laboratory, column_name, "
    "original_unit, conversion_factor"
)
_MEASURAND = "contaminant, extraction, fraction, replicate"
_NUMBER = "id, sample_id, value, censoring, detection_limit, row_number, supersedes_id"
_CHECKS = (
    ("value_finite", "value >= 0 AND value < 'Infinity'"),
    ("censoring", "censoring IN ('none', 'left', 'right')"),
    ("value_or_censored", "(censoring = 'none') = (value IS NOT NULL)"),
    ("right_has_limit", "censoring <> 'right' OR detection_limit IS NOT NULL"),
    ("limit_positive", "detection_limit > 0 AND detection_limit < 'Infinity'"),
)
# A number as the database writes it is no second text.
_VIEW = """
CREATE VIEW hotspots.result AS
SELECT
    number.id, number.sample_id, what.contaminant, number.value, number.censoring,
    number.detection_limit, how.limit_kind, how.unit, how.basis, what.extraction,
    what.fraction, what.replicate, how.qualifier, how.method, how.laboratory,
    how.column_name, coalesce(number.original_text, number.value::text) AS original_text,
    how.original_unit, how.conversion_factor, how.import_id, number.row_number,
    number.supersedes_id, number.superseded_at
FROM hotspots.measurement AS number
-- "left", so that the planner leaves out what a query does not ask for
LEFT JOIN hotspots.measurand AS what ON what.id = number.measurand_id
LEFT JOIN hotspots.manner AS how ON how.id = number.manner_id
"""
_CARRY_OVER = (
    f"INSERT INTO hotspots.measurand ({_MEASURAND}) "
    f"SELECT DISTINCT {_MEASURAND} FROM hotspots.result ORDER BY {_MEASURAND}",
    f"INSERT INTO hotspots.manner ({_MANNER}) "
    f"SELECT DISTINCT {_MANNER} FROM hotspots.result ORDER BY {_MANNER}",
    f"""
    INSERT INTO hotspots.measurement
        ({_NUMBER}, superseded_at, measurand_id, manner_id, original_text)
    SELECT
        old.id, old.sample_id, old.value, old.censoring, old.detection_limit, old.row_number,
        old.supersedes_id, old.superseded_at, what.id, how.id,
        nullif(old.original_text, old.value::text)
    FROM hotspots.result AS old
    JOIN hotspots.measurand AS what
        ON what.contaminant = old.contaminant
        AND what.extraction IS NOT DISTINCT FROM old.extraction
        AND what.fraction IS NOT DISTINCT FROM old.fraction
        AND what.replicate IS NOT DISTINCT FROM old.replicate
    JOIN hotspots.manner AS how
        ON how.import_id = old.import_id
        AND how.column_name = old.column_name
        AND how.unit = old.unit
        AND how.basis = old.basis
        AND how.original_unit = old.original_unit
        AND how.conversion_factor = old.conversion_factor
        AND how.limit_kind IS NOT DISTINCT FROM old.limit_kind
        AND how.qualifier IS NOT DISTINCT FROM old.qualifier
        AND how.method IS NOT DISTINCT FROM old.method
        AND how.laboratory IS NOT DISTINCT FROM old.laboratory
    ORDER BY old.sample_id, old.id
    """,
    "SELECT setval(pg_get_serial_sequence('hotspots.measurement', 'id'), "
    "(SELECT coalesce(max(id), 0) + 1 FROM hotspots.measurement), false)",
)
# What refers to what, looked at for all rows of a statement together
# (20261127_set_references); a result replaces one of the same sample.
_EXISTS = """
CREATE FUNCTION hotspots.check_references_of_measurement() RETURNS trigger
LANGUAGE plpgsql SET search_path = hotspots, public AS $$
DECLARE
    broken text;
BEGIN
    SELECT coalesce(
        (
            SELECT 'sample_id'
            FROM (SELECT DISTINCT sample_id FROM new_rows) AS told
            WHERE NOT EXISTS (SELECT FROM hotspots.sample WHERE id = told.sample_id OFFSET 0)
            LIMIT 1
        ), (
            SELECT CASE WHEN has_manner THEN 'measurand_id' ELSE 'manner_id' END
            FROM (
                SELECT
                    EXISTS (
                        SELECT FROM hotspots.measurand WHERE id = told.measurand_id OFFSET 0
                    ) AS has_measurand,
                    EXISTS (
                        SELECT FROM hotspots.manner WHERE id = told.manner_id OFFSET 0
                    ) AS has_manner
                FROM (SELECT DISTINCT measurand_id, manner_id FROM new_rows) AS told
            ) AS looked_up
            WHERE NOT (has_measurand AND has_manner)
            LIMIT 1
        ), (
            SELECT 'supersedes_id'
            FROM new_rows AS told
            WHERE told.supersedes_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM hotspots.measurement AS earlier
                WHERE earlier.sample_id = told.sample_id AND earlier.id = told.supersedes_id
                OFFSET 0
            )
            LIMIT 1
        )
    ) INTO broken;
    IF broken IS NOT NULL THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('fk_measurement_%s: it refers to something that does not exist', broken),
            CONSTRAINT = format('fk_measurement_%s', broken);
    END IF;
    RETURN NULL;
END $$
"""
_REFERRED = (
    ("sample", "sample_id"),
    ("measurand", "measurand_id"),
    ("manner", "manner_id"),
    ("measurement", "supersedes_id"),
)
_CURRENT = {"postgresql_where": sa.text("superseded_at IS NULL")}
_ALL_NULLS_ONE = {"unique": True, "postgresql_nulls_not_distinct": True}
_WIDE_INDEXES = (
    (
        "uq_result_current",
        ["sample_id", "contaminant", "extraction", "fraction", "replicate"],
        _CURRENT | _ALL_NULLS_ONE,
    ),
    ("ix_result_contaminant_current", ["contaminant", "sample_id"], _CURRENT),
    ("ix_result_import_id", ["import_id"], {"postgresql_using": "brin"}),
    (
        "ix_result_supersedes_id",
        ["supersedes_id"],
        {"postgresql_where": sa.text("supersedes_id IS NOT NULL")},
    ),
)
_WIDE_REFERENCES = (
    ("sample_id", "sample", "id"),
    ("contaminant", "contaminant", "code"),
    ("import_id", "import", "id"),
    ("supersedes_id", "result", "id"),
)


def _watch(table: str, columns: tuple[tuple[str, str, str], ...]) -> None:
    """Check the references of a table, on what is written to it and on what is deleted elsewhere."""
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER references_exist_on_{event.lower()} AFTER {event} "
            f"ON hotspots.{table} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT "
            f"EXECUTE FUNCTION hotspots.check_references_of_{table}()"
        )
    for column, parent, key in columns:
        op.execute(
            f"CREATE TRIGGER {table}_{column}_on_delete AFTER DELETE "
            f"ON hotspots.{parent} REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT "
            f"EXECUTE FUNCTION hotspots.check_nothing_refers('{table}', '{column}', '{key}')"
        )


def upgrade() -> None:
    _create_tables()
    for statement in _CARRY_OVER:
        op.execute(statement)
    for column, parent, _ in _WIDE_REFERENCES:
        op.execute(f"DROP TRIGGER result_{column}_on_delete ON hotspots.{parent}")
    op.drop_table("result", schema="hotspots")
    op.execute("DROP FUNCTION hotspots.check_references_of_result()")
    op.create_primary_key(
        op.f("pk_measurement"), "measurement", ["sample_id", "id"], schema="hotspots"
    )
    op.create_index(
        "uq_measurement_current",
        "measurement",
        ["measurand_id", "sample_id"],
        unique=True,
        schema="hotspots",
        **_CURRENT,
    )
    op.create_index(
        "ix_measurement_supersedes_id",
        "measurement",
        ["supersedes_id"],
        schema="hotspots",
        postgresql_where=sa.text("supersedes_id IS NOT NULL"),
    )
    op.execute(_EXISTS)
    _watch("measurement", tuple((column, parent, "id") for parent, column in _REFERRED))
    op.execute(_VIEW)


def _create_tables() -> None:
    op.create_table(
        "measurand",
        sa.Column("id", sa.Integer, sa.Identity(always=False), nullable=False),
        sa.Column("contaminant", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("extraction", "fraction", "replicate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurand")),
        sa.ForeignKeyConstraint(
            ["contaminant"], ["hotspots.contaminant.code"], name=op.f("fk_measurand_contaminant")
        ),
        schema="hotspots",
    )
    op.create_index(
        "uq_measurand",
        "measurand",
        _MEASURAND.split(", "),
        schema="hotspots",
        **_ALL_NULLS_ONE,
    )
    op.create_table(
        "manner",
        sa.Column("id", sa.Integer, sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("limit_kind", "qualifier", "method", "laboratory")),
        sa.Column("column_name", sa.Text, nullable=False),
        sa.Column("original_unit", sa.Text, nullable=False),
        sa.Column("conversion_factor", sa.Double, nullable=False),
        sa.CheckConstraint("basis IN ('dry', 'wet', 'unstated')", name=op.f("ck_manner_basis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manner")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["hotspots.import.id"], name=op.f("fk_manner_import_id")
        ),
        schema="hotspots",
    )
    op.create_index(op.f("ix_manner_import_id"), "manner", ["import_id"], schema="hotspots")
    # Wide columns first: no byte is lost to alignment.
    op.create_table(
        "measurement",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("sample_id", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("detection_limit", sa.Double),
        sa.Column("supersedes_id", sa.BigInteger),
        sa.Column("superseded_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("measurand_id", sa.Integer, nullable=False),
        sa.Column("manner_id", sa.Integer, nullable=False),
        sa.Column("row_number", sa.Integer, nullable=False),
        sa.Column("censoring", sa.Text, nullable=False),
        sa.Column("original_text", sa.Text),
        *(
            sa.CheckConstraint(test, name=op.f(f"ck_measurement_{name}"))
            for name, test in (
                *_CHECKS,
                ("text_or_value", "num_nonnulls(original_text, value) > 0"),
            )
        ),
        schema="hotspots",
    )


def downgrade() -> None:
    op.execute("ALTER VIEW hotspots.result RENAME TO told")
    op.create_table(
        "result",
        *_wide(),
        *(
            sa.CheckConstraint(test, name=op.f(f"ck_result_{name}"))
            for name, test in (*_CHECKS, ("basis", "basis IN ('dry', 'wet', 'unstated')"))
        ),
        schema="hotspots",
    )
    names = ", ".join(column.name for column in _wide())
    op.execute(
        f"INSERT INTO hotspots.result ({names}) SELECT {names} FROM hotspots.told ORDER BY id"
    )
    op.execute(
        "SELECT setval(pg_get_serial_sequence('hotspots.result', 'id'), "
        "(SELECT coalesce(max(id), 0) + 1 FROM hotspots.result), false)"
    )
    op.execute("DROP VIEW hotspots.told")
    for parent, column in _REFERRED:
        op.execute(f"DROP TRIGGER measurement_{column}_on_delete ON hotspots.{parent}")
    for table in ("measurement", "manner", "measurand"):
        op.drop_table(table, schema="hotspots")
    op.execute("DROP FUNCTION hotspots.check_references_of_measurement()")
    for name, columns, how in _WIDE_INDEXES:
        op.create_index(name, "result", columns, schema="hotspots", **how)
    op.execute(_wide_references_exist())
    _watch("result", _WIDE_REFERENCES)


def _wide() -> list[sa.Column[Any]]:
    """Return the columns of the wide table."""
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), primary_key=True),
        sa.Column("sample_id", sa.BigInteger, nullable=False),
        sa.Column("contaminant", sa.Text, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("censoring", sa.Text, nullable=False),
        sa.Column("detection_limit", sa.Double),
        sa.Column("limit_kind", sa.Text),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, server_default="unstated", nullable=False),
        sa.Column("extraction", sa.Text),
        sa.Column("fraction", sa.Text),
        sa.Column("replicate", sa.Text),
        sa.Column("qualifier", sa.Text),
        sa.Column("method", sa.Text),
        sa.Column("laboratory", sa.Text),
        sa.Column("column_name", sa.Text, nullable=False),
        sa.Column("original_text", sa.Text, nullable=False),
        sa.Column("original_unit", sa.Text, nullable=False),
        sa.Column("conversion_factor", sa.Double, nullable=False),
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("row_number", sa.Integer, nullable=False),
        sa.Column("supersedes_id", sa.BigInteger),
        sa.Column("superseded_at", sa.TIMESTAMP(timezone=True)),
    ]


def _wide_references_exist() -> str:
    """Return the function that 20261127_set_references made for the wide table."""
    cases = "".join(
        f"WHEN EXISTS (SELECT FROM (SELECT DISTINCT {column} AS key FROM new_rows "
        f"WHERE {column} IS NOT NULL) AS told WHERE NOT EXISTS (SELECT FROM hotspots.{parent} AS parent "
        f"WHERE parent.{key} = told.key OFFSET 0)) THEN '{column}' "
        for column, parent, key in _WIDE_REFERENCES
    )
    return f"""
        CREATE FUNCTION hotspots.check_references_of_result() RETURNS trigger
        LANGUAGE plpgsql SET search_path = hotspots, public AS $$
        DECLARE
            broken text;
        BEGIN
            SELECT CASE {cases} END INTO broken;
            IF broken IS NOT NULL THEN
                RAISE foreign_key_violation USING
                    MESSAGE = format('fk_result_%s: it refers to something that does not exist', broken),
                    CONSTRAINT = format('fk_result_%s', broken);
            END IF;
            RETURN NULL;
        END $$
    """
