"""References of samples and results are checked a statement at a time.

A foreign key is checked row by row, which took more than half of the time of inserting
200,000 results. The same promise is kept by triggers that look at all rows of a statement at
once: what is referred to must exist, and may not go while something refers to it. Unlike a
foreign key they lock nothing, so whoever deletes holds the data set's lock, as imports do.

Revision ID: 20261127_set_references
Revises: 20261127_import_life
"""

import sqlalchemy as sa
from alembic import op

revision = "20261127_set_references"
down_revision = "20261127_import_life"
branch_labels = None
depends_on = None

# Table, column, what it refers to.
_REFERENCES = (
    ("sample", "dataset_id", "dataset", "id"),
    ("sample", "import_id", "import", "id"),
    ("sample", "site_id", "site", "id"),
    ("result", "sample_id", "sample", "id"),
    ("result", "contaminant", "contaminant", "code"),
    ("result", "import_id", "import", "id"),
    ("result", "supersedes_id", "result", "id"),
)
# One function for a table. Each distinct key is looked up in the index of what it refers to: "OFFSET 0"
# keeps the planner from reading the whole of that table instead, which grows from import to import.
_EXISTS = """
CREATE FUNCTION hotspots.check_references_of_{table}() RETURNS trigger
LANGUAGE plpgsql SET search_path = hotspots, public AS $$
DECLARE
    broken text;
BEGIN
    SELECT CASE {cases} END INTO broken;
    IF broken IS NOT NULL THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('fk_{table}_%s: it refers to something that does not exist', broken),
            CONSTRAINT = format('fk_{table}_%s', broken);
    END IF;
    RETURN NULL;
END $$
"""
_MISSING = """
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT {column} AS key FROM new_rows WHERE {column} IS NOT NULL) AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.{parent} AS parent WHERE parent.{key} = told.key OFFSET 0)
) THEN '{column}'
"""
_FREE = """
CREATE FUNCTION hotspots.check_nothing_refers() RETURNS trigger
LANGUAGE plpgsql SET search_path = hotspots, public AS $$
DECLARE
    is_needed boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM old_rows JOIN hotspots.%1$I AS child ON child.%2$I = old_rows.%3$I)',
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]
    ) INTO is_needed;
    IF is_needed THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('fk_%s_%s: it is still referred to', TG_ARGV[0], TG_ARGV[1]),
            CONSTRAINT = format('fk_%s_%s', TG_ARGV[0], TG_ARGV[1]);
    END IF;
    RETURN NULL;
END $$
"""
_CHECKS = (
    ("ck_sample_geom_not_empty", "NOT ST_IsEmpty(geom)"),
    (
        "ck_sample_geom_within_globe",
        "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
    ),
)
# Two calls a row instead of five; empty points and NaN are neither in nor out, so not true.
_LIGHT = "(ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90) IS TRUE"
# Rows of an import lie together; few results supersede another, few samples have a site.
_INDEXES = (
    ("result", "import_id", {"postgresql_using": "brin"}),
    ("result", "supersedes_id", {"postgresql_where": sa.text("supersedes_id IS NOT NULL")}),
    ("sample", "import_id", {"postgresql_using": "brin"}),
    ("sample", "site_id", {"postgresql_where": sa.text("site_id IS NOT NULL")}),
)


def _existence_of(table: str) -> str:
    references = [row[1:] for row in _REFERENCES if row[0] == table]
    cases = (
        _MISSING.format(column=column, parent=parent, key=key) for column, parent, key in references
    )
    return _EXISTS.format(table=table, cases="".join(cases))


def upgrade() -> None:
    op.execute(_FREE)
    for table in ("sample", "result"):
        op.execute(_existence_of(table))
        for event in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER references_exist_on_{event.lower()} AFTER {event} "
                f"ON hotspots.{table} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT "
                f"EXECUTE FUNCTION hotspots.check_references_of_{table}()"
            )
    for table, column, parent, key in _REFERENCES:
        op.drop_constraint(
            op.f(f"fk_{table}_{column}"), table, schema="hotspots", type_="foreignkey"
        )
        op.execute(
            f"CREATE TRIGGER {table}_{column}_on_delete AFTER DELETE "
            f"ON hotspots.{parent} REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT "
            f"EXECUTE FUNCTION hotspots.check_nothing_refers('{table}', '{column}', '{key}')"
        )
    for name, _ in _CHECKS:
        op.drop_constraint(op.f(name), "sample", schema="hotspots", type_="check")
    op.create_check_constraint(op.f("ck_sample_geom_on_globe"), "sample", _LIGHT, schema="hotspots")
    for table, column, how in _INDEXES:
        op.drop_index(f"ix_{table}_{column}", table, schema="hotspots")
        op.create_index(f"ix_{table}_{column}", table, [column], schema="hotspots", **how)


def downgrade() -> None:
    for table, column, _ in _INDEXES:
        op.drop_index(f"ix_{table}_{column}", table, schema="hotspots")
        op.create_index(f"ix_{table}_{column}", table, [column], schema="hotspots")
    op.drop_constraint(op.f("ck_sample_geom_on_globe"), "sample", schema="hotspots", type_="check")
    for name, test in _CHECKS:
        op.create_check_constraint(op.f(name), "sample", test, schema="hotspots")
    for table in ("sample", "result"):
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER references_exist_on_{event} ON hotspots.{table}")
        op.execute(f"DROP FUNCTION hotspots.check_references_of_{table}()")
    for table, column, parent, key in _REFERENCES:
        op.execute(f"DROP TRIGGER {table}_{column}_on_delete ON hotspots.{parent}")
        op.create_foreign_key(
            op.f(f"fk_{table}_{column}"),
            table,
            parent,
            [column],
            [key],
            source_schema="hotspots",
            referent_schema="hotspots",
        )
    op.execute("DROP FUNCTION hotspots.check_nothing_refers()")
