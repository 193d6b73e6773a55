"""A large import fills tables of its own, and its indexes are built once, when all rows are there.

A row that is put into seven indexes one after the other takes three quarters of the time of loading
it; building the same indexes over a million rows takes a tenth of that. So `sample` and
`measurement` become partitioned by the number of the sample: all that was there, and what small
imports bring, lies in `sample_rest` and `measurement_rest`; a large first import of a data set
numbers its samples in a range that only its import has, fills `sample_N` and `measurement_N`, and
joins them to the others in the transaction that it loads in. Joining locks out nobody who reads.

The service's role owns no table, so two functions of the owner do it, and check what triggers check
elsewhere. The public ids and the natural key are unique in each table alone: the ids are random, and
whoever adds samples to a data set holds its lock and looks the others up.

Revision ID: 20261128_own_tables
Revises: 20261128_sample_ranges
"""

# ruff: noqa: S608 - names are constants of this file

from alembic import op

revision = "20261128_own_tables"
down_revision = "20261128_sample_ranges"
branch_labels = None
depends_on = None

# The first number of an import's own range is this often 2^30: 2^40 and more, below 2^53, so that
# any program can hold it. The rest stays below.
_EACH = 2**30
_FIRST = 2**40
_KEYS = {"sample": "id", "measurement": "sample_id"}
_PRIMARY = {"sample": "id", "measurement": "sample_id, id"}
# Those of a partitioned table: a unique one must hold the key of the partitions.
_INDEXES = (
    "CREATE INDEX ix_sample_geom ON hotspots.sample USING gist (geom)",
    "CREATE INDEX ix_sample_import_id ON hotspots.sample USING brin (import_id)",
    "CREATE INDEX ix_sample_site_id ON hotspots.sample (site_id) WHERE site_id IS NOT NULL",
    "CREATE INDEX ix_sample_hilbert_id ON hotspots.sample (hilbert, id)",
    "CREATE UNIQUE INDEX uq_measurement_current ON hotspots.measurement (measurand_id, sample_id) "
    "WHERE superseded_at IS NULL",
    "CREATE INDEX ix_measurement_supersedes_id ON hotspots.measurement (supersedes_id) "
    "WHERE supersedes_id IS NOT NULL",
)
_EXISTS = {
    "sample": "hotspots.check_references_of_sample()",
    "measurement": "hotspots.check_references_of_measurement()",
}
_FREE = (
    ("sample", "measurement", "sample_id"),
    ("measurement", "measurement", "supersedes_id"),
)
# A foreign key to a partitioned table would lock whoever publishes hotspots while tables are joined.
_HOTSPOT_EXISTS = """
CREATE FUNCTION hotspots.check_references_of_hotspot() RETURNS trigger
LANGUAGE plpgsql SET search_path = hotspots, public AS $$
BEGIN
    -- As a foreign key does: nobody removes them until this is committed.
    PERFORM FROM hotspots.sample
    WHERE id IN (SELECT max_sample_id FROM new_rows) ORDER BY id FOR KEY SHARE;
    IF EXISTS (
        SELECT FROM (
            SELECT DISTINCT max_sample_id AS key FROM new_rows WHERE max_sample_id IS NOT NULL
        ) AS told
        WHERE NOT EXISTS (SELECT FROM hotspots.sample WHERE id = told.key OFFSET 0)
    ) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'fk_hotspot_max_sample_id: it refers to something that does not exist',
            CONSTRAINT = 'fk_hotspot_max_sample_id';
    END IF;
    RETURN NULL;
END $$
"""
_HOTSPOT_TRIGGERS = (
    *(
        f"CREATE TRIGGER references_exist_on_{event.lower()} AFTER {event} ON hotspots.hotspot "
        "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT "
        "EXECUTE FUNCTION hotspots.check_references_of_hotspot()"
        for event in ("INSERT", "UPDATE")
    ),
    "CREATE TRIGGER hotspot_max_sample_id_on_delete AFTER DELETE ON hotspots.sample "
    "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT "
    "EXECUTE FUNCTION hotspots.check_nothing_refers('hotspot', 'max_sample_id', 'id')",
)
# Without own tables there are no ranges: their samples are numbered on after the rest's.
_NUMBERED_AGAIN = (
    f"""
    CREATE TEMPORARY TABLE numbered_again ON COMMIT DROP AS
    SELECT id AS old, row_number() OVER (ORDER BY id)
        + (SELECT coalesce(max(id), 0) FROM hotspots.sample WHERE id < {_FIRST}) AS new
    FROM hotspots.sample WHERE id >= {_FIRST}
    """,
    *(
        f"UPDATE hotspots.{table} SET {column} = new FROM numbered_again WHERE {column} = old"
        for table, column in (
            ("sample", "id"),
            ("measurement", "sample_id"),
            ("hotspot", "max_sample_id"),
        )
    ),
)
# Nobody else can put a function of theirs in the place of one that the owner calls.
_OWNERS = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
_LIKE = """
EXECUTE format(
    'CREATE TABLE hotspots.%I (LIKE hotspots.{table}_rest INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
    'INCLUDING STORAGE, CONSTRAINT bounds CHECK ({key} >= %s AND {key} < %s))',
    '{table}_' || import_number, first, first + {each}
);
EXECUTE format('GRANT INSERT ON hotspots.%I TO %I', '{table}_' || import_number, session_user);
"""
_BEGIN = f"""
CREATE FUNCTION hotspots.begin_own_tables(import_number bigint) RETURNS bigint
LANGUAGE plpgsql {_OWNERS} AS $$
DECLARE
    first bigint := {_FIRST} + import_number * {_EACH};
BEGIN
    IF NOT EXISTS (
        SELECT FROM hotspots.import WHERE id = import_number AND status = 'reading'
    ) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'only an import that is being read has tables';
    END IF;
    {_LIKE.format(table="sample", key="id", each=_EACH)}
    {_LIKE.format(table="measurement", key="sample_id", each=_EACH)}
    EXECUTE format(
        'ALTER TABLE hotspots.%I ALTER id SET DEFAULT nextval(%L)',
        'measurement_' || import_number, pg_get_serial_sequence('hotspots.measurement', 'id')
    );
    RETURN first;
END $$
"""
# The same indexes and keys as the table of the rest has, so that they become part of the whole's.
_BUILD = """
CREATE FUNCTION hotspots.build_as_in_rest(whole text, own text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT pg_get_constraintdef(c.oid) AS key,
            CASE WHEN i.indisunique THEN 'UNIQUE' ELSE '' END AS kind,
            substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*') AS how
        FROM pg_index AS i
        LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
        WHERE i.indrelid = format('hotspots.%I', whole || '_rest')::regclass
        ORDER BY i.indexrelid
    LOOP
        IF wanted.key IS NOT NULL THEN
            EXECUTE format('ALTER TABLE hotspots.%I ADD %s', own, wanted.key);
        ELSE
            EXECUTE format('CREATE %s INDEX ON hotspots.%I %s', wanted.kind, own, wanted.how);
        END IF;
    END LOOP;
END $$
"""
# What `check_references_of_...` look for, in all rows of the two tables at once.
_BROKEN = """
SELECT CASE
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT dataset_id, import_id FROM hotspots.%1$I) AS told
    WHERE NOT EXISTS (
        SELECT FROM hotspots.import AS parent
        WHERE parent.id = told.import_id AND parent.dataset_id = told.dataset_id
    )
) THEN 'sample_import_id'
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT site_id FROM hotspots.%1$I WHERE site_id IS NOT NULL) AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.site AS parent WHERE parent.id = told.site_id)
) THEN 'sample_site_id'
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT measurand_id FROM hotspots.%2$I) AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.measurand AS parent WHERE parent.id = told.measurand_id)
) THEN 'measurement_measurand_id'
WHEN EXISTS (
    SELECT FROM (SELECT DISTINCT manner_id FROM hotspots.%2$I) AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.manner AS parent WHERE parent.id = told.manner_id)
) THEN 'measurement_manner_id'
WHEN EXISTS (SELECT FROM hotspots.%2$I WHERE supersedes_id IS NOT NULL)
THEN 'measurement_supersedes_id'
WHEN EXISTS (
    SELECT FROM hotspots.%2$I AS told
    WHERE NOT EXISTS (SELECT FROM hotspots.%1$I AS parent WHERE parent.id = told.sample_id)
) THEN 'measurement_sample_id'
END
"""
_ATTACH = """
EXECUTE format(
    'ALTER TABLE hotspots.{table} ATTACH PARTITION hotspots.%I FOR VALUES FROM (%s) TO (%s)',
    own_{table}, first, first + {each}
);
EXECUTE format('ALTER TABLE hotspots.%I DROP CONSTRAINT bounds', own_{table});
"""
_JOIN = f"""
CREATE FUNCTION hotspots.join_own_tables(import_number bigint) RETURNS void
LANGUAGE plpgsql {_OWNERS} AS $$
DECLARE
    first bigint := {_FIRST} + import_number * {_EACH};
    own_sample text := 'sample_' || import_number;
    own_measurement text := 'measurement_' || import_number;
    broken text;
BEGIN
    PERFORM hotspots.build_as_in_rest('sample', own_sample);
    PERFORM hotspots.build_as_in_rest('measurement', own_measurement);
    EXECUTE format($query${_BROKEN}$query$, own_sample, own_measurement) INTO broken;
    IF broken IS NOT NULL THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('fk_%s: it refers to something that does not exist', broken),
            CONSTRAINT = format('fk_%s', broken);
    END IF;
    EXECUTE format('ALTER TABLE hotspots.%I ALTER id DROP DEFAULT', own_measurement);
    {_ATTACH.format(table="sample", each=_EACH)}
    {_ATTACH.format(table="measurement", each=_EACH)}
END $$
"""
# Tables whose import was taken back. Dropping waits for whoever reads; it can wait for another time.
_DROP = f"""
CREATE FUNCTION hotspots.drop_empty_tables() RETURNS integer
LANGUAGE plpgsql {_OWNERS} SET lock_timeout = '200ms' AS $$
DECLARE
    number text;
    is_used boolean;
    dropped integer := 0;
BEGIN
    FOR number IN
        SELECT undone.id FROM hotspots.import AS undone
        WHERE undone.status = 'undone' AND to_regclass('hotspots.sample_' || undone.id) IS NOT NULL
        ORDER BY undone.id
    LOOP
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM hotspots.%I) OR EXISTS (SELECT FROM hotspots.%I)',
            'sample_' || number, 'measurement_' || number
        ) INTO is_used;
        IF NOT is_used THEN
            EXECUTE format(
                'DROP TABLE hotspots.%I, hotspots.%I', 'sample_' || number, 'measurement_' || number
            );
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    RETURN 0;
END $$
"""
# The planner estimates joins by what it knows of whole tables, and nobody but us looks at these:
# the automatic ANALYZE passes partitioned tables by. Their number of rows is from the last time.
_ANALYSE = f"""
CREATE FUNCTION hotspots.analyse_when_grown(loaded bigint) RETURNS boolean
LANGUAGE plpgsql {_OWNERS} SET lock_timeout = '1s' AS $$
DECLARE
    known bigint := (SELECT reltuples FROM pg_class WHERE oid = 'hotspots.measurement'::regclass);
    there bigint := loaded + (
        SELECT sum(n_live_tup) FROM pg_stat_user_tables
        WHERE relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'hotspots.measurement'::regclass)
    );
BEGIN
    -- Never looked at, as after a dump was restored: then nothing counted its rows either.
    IF known >= 0 AND there <= 1000 + 1.2 * known THEN
        RETURN false;
    END IF;
    ANALYZE hotspots.sample (id, dataset_id, import_id, site_id);
    ANALYZE hotspots.measurement (sample_id, id, measurand_id, manner_id, supersedes_id, superseded_at);
    RETURN true;
-- It is advice: while a large import joins its tables, there will be a next time.
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    RETURN false;
END $$
"""
_FUNCTIONS = (
    "begin_own_tables(bigint)",
    "build_as_in_rest(text, text)",
    "join_own_tables(bigint)",
    "drop_empty_tables()",
    "analyse_when_grown(bigint)",
)


def _execute(*statements: str) -> None:
    for statement in statements:
        op.execute(statement)


def _view() -> str:
    definition = op.get_bind().exec_driver_sql("SELECT pg_get_viewdef('hotspots.result'::regclass)")
    return f"CREATE VIEW hotspots.result AS {definition.scalar_one()}"


def _triggers() -> list[str]:
    made = [
        f"CREATE TRIGGER references_exist_on_{event.lower()} AFTER {event} ON hotspots.{table} "
        f"REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {function}"
        for table, function in _EXISTS.items()
        for event in ("INSERT", "UPDATE")
    ]
    return made + [
        f"CREATE TRIGGER {child}_{column}_on_delete AFTER DELETE ON hotspots.{table} "
        "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT "
        f"EXECUTE FUNCTION hotspots.check_nothing_refers('{child}', '{column}', 'id')"
        for table, child, column in _FREE
    ]


def _without_triggers(suffix: str = "") -> list[str]:
    names = [
        (table, f"references_exist_on_{event}") for table in _KEYS for event in ("insert", "update")
    ]
    names += [(table, f"{child}_{column}_on_delete") for table, child, column in _FREE]
    return [f"DROP TRIGGER {name} ON hotspots.{table}{suffix}" for table, name in names]


def _indexes_of(table: str) -> list[str]:
    found = op.get_bind().exec_driver_sql(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        f"WHERE i.indrelid = 'hotspots.{table}'::regclass ORDER BY c.relname"
    )
    return list(found.scalars())


def _number(table: str, *, source: str) -> list[str]:
    """Let a table number its rows, after those of another."""
    return [
        f"ALTER TABLE hotspots.{table} ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
        f"SELECT setval(pg_get_serial_sequence('hotspots.{table}', 'id'), "
        f"(SELECT coalesce(max(id), 0) + 1 FROM hotspots.{source}), false)",
    ]


def upgrade() -> None:
    view = _view()
    _execute(
        "DROP VIEW hotspots.result",
        "ALTER TABLE hotspots.hotspot DROP CONSTRAINT fk_hotspot_max_sample_id",
        *_without_triggers(),
    )
    for table, key in _KEYS.items():
        rest = f"{table}_rest"
        names = _indexes_of(table)
        _execute(
            f"ALTER TABLE hotspots.{table} RENAME TO {rest}",
            *(f"ALTER INDEX hotspots.{name} RENAME TO {name}_rest" for name in names),
            f"ALTER TABLE hotspots.{rest} ALTER id DROP IDENTITY",
            f"CREATE TABLE hotspots.{table} (LIKE hotspots.{rest} INCLUDING DEFAULTS "
            f"INCLUDING CONSTRAINTS INCLUDING STORAGE) PARTITION BY RANGE ({key})",
            f"ALTER TABLE hotspots.{table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({_PRIMARY[table]})",
            *_number(table, source=rest),
        )
    _execute(*_INDEXES)
    for table in _KEYS:
        op.execute(
            f"ALTER TABLE hotspots.{table} ATTACH PARTITION hotspots.{table}_rest "
            f"FOR VALUES FROM (MINVALUE) TO ({_FIRST})"
        )
    _execute(view, _HOTSPOT_EXISTS, *_triggers(), *_HOTSPOT_TRIGGERS)
    _execute(_BEGIN, _BUILD, _JOIN, _DROP, _ANALYSE)
    _execute("SELECT hotspots.analyse_when_grown(0)")
    # The service's role may call them, whoever else may read may not.
    _execute(*(f"REVOKE ALL ON FUNCTION hotspots.{name} FROM PUBLIC" for name in _FUNCTIONS))


def downgrade() -> None:
    view = _view()
    _execute(
        "DROP VIEW hotspots.result",
        *(f"DROP FUNCTION hotspots.{name}" for name in _FUNCTIONS),
        "DROP TRIGGER hotspot_max_sample_id_on_delete ON hotspots.sample",
        "DROP TRIGGER references_exist_on_insert ON hotspots.hotspot",
        "DROP TRIGGER references_exist_on_update ON hotspots.hotspot",
        "DROP FUNCTION hotspots.check_references_of_hotspot()",
        *_without_triggers(),
    )
    for table in _KEYS:
        rest = f"{table}_rest"
        own_tables = _own_tables_of(table)
        _execute(
            f"ALTER TABLE hotspots.{table} DETACH PARTITION hotspots.{rest}",
            *(f"INSERT INTO hotspots.{rest} SELECT * FROM hotspots.{own}" for own in own_tables),
            f"DROP TABLE hotspots.{table}",
            f"ALTER TABLE hotspots.{rest} RENAME TO {table}",
            *(
                f"ALTER INDEX hotspots.{name} RENAME TO {name.removesuffix('_rest')}"
                for name in _indexes_of(rest)
            ),
        )
    _execute(*_NUMBERED_AGAIN)
    _execute(*_number("sample", source="sample"), *_number("measurement", source="measurement"))
    _execute(view, *_triggers())
    op.create_foreign_key(
        op.f("fk_hotspot_max_sample_id"),
        "hotspot",
        "sample",
        ["max_sample_id"],
        ["id"],
        source_schema="hotspots",
        referent_schema="hotspots",
    )


def _own_tables_of(table: str) -> list[str]:
    found = op.get_bind().exec_driver_sql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        f"WHERE i.inhparent = 'hotspots.{table}'::regclass AND c.relname <> '{table}_rest'"
    )
    return list(found.scalars())
