/**
 * How the indexes of a database are built: a script that is the same for all of them, and the list that it is run with.
 */
import { shortDigest } from '../../units/digest';
import type { IndexMatch } from './postgres-index';
import { type PostgresIndexProps } from './postgres-index';

/** An index as the script reads it. */
export interface IndexRequest {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly match: IndexMatch;
  readonly unique: boolean;
  readonly name: string;
}

export interface IndexRun {
  readonly indexes: readonly IndexRequest[];
  /** How long the script waits for tables that the application has yet to make. */
  readonly tableSeconds: number;
  /** How long it waits for a lock, and for the transactions that were there before it. */
  readonly lockSeconds: number;
}

/** Longest name in Postgres. */
const MAX_NAME = 63;
const DIGEST = 6;

export function indexRequest(props: PostgresIndexProps): IndexRequest {
  const { table, column, match, schema = 'public', unique = false } = props;
  return {
    schema,
    table,
    column,
    match,
    unique,
    name: props.name ?? indexName(table, column, match, unique),
  };
}

/** A name that tells what the index is for; one that is too long is cut, and a digest keeps it apart from others. */
export function indexName(table: string, column: string, match: IndexMatch, unique: boolean): string {
  const suffix = `_${match}_${unique ? 'key' : 'idx'}`;
  const stem = `${table}_${column}`;
  if (stem.length + suffix.length <= MAX_NAME) return stem + suffix;
  const digest = `_${shortDigest(`${table}.${column}`).slice(0, DIGEST)}`;
  return stem.slice(0, MAX_NAME - suffix.length - digest.length) + digest + suffix;
}

/** Arguments of psql that run the script: data goes in as variables, which psql quotes, or which the script casts. */
export function indexArguments({ indexes, tableSeconds, lockSeconds }: IndexRun): string[] {
  return [
    '--no-psqlrc',
    '--quiet',
    '--tuples-only',
    '--no-align',
    `--set=indexes=${JSON.stringify(indexes)}`,
    `--set=table_seconds=${tableSeconds}`,
    `--set=lock_timeout=${lockSeconds}s`,
  ];
}

/** The rows of the catalog that tell of a column: `ask` names its schema, its table and itself. */
export const COLUMN_CATALOG = `JOIN pg_database dat ON dat.datname = current_database()
LEFT JOIN pg_namespace nsp ON nsp.nspname = ask.schema_name
LEFT JOIN pg_class rel ON rel.relnamespace = nsp.oid AND rel.relname = ask.table_name
LEFT JOIN pg_attribute att
  ON att.attrelid = rel.oid AND att.attname = ask.column_name AND att.attnum > 0 AND NOT att.attisdropped
LEFT JOIN pg_type typ ON typ.oid = att.atttypid
LEFT JOIN pg_collation col ON col.oid = att.attcollation`;

/** Its type without a domain around it, and whether its collation sorts by bytes. */
export const COLUMN_FACTS = `SELECT format_type(coalesce(nullif(typ.typbasetype, 0), typ.oid), NULL) AS type,
         -- only libc knows locales before Postgres 15; the locales that are built in, from 17 on, all sort by bytes
         CASE coalesce(nullif(col.collprovider::text, 'd'), to_jsonb(dat) ->> 'datlocprovider', 'c')
           WHEN 'b' THEN true
           WHEN 'c' THEN CASE col.collprovider WHEN 'd' THEN dat.datcollate ELSE col.collcollate END IN ('C', 'POSIX')
           ELSE false
         END AS sorts_by_bytes`;

/** Indexes of the column `att` that serve the match that `ask` names; `found` are the facts of the column. */
export const SERVING_INDEX = String.raw`pg_index idx
         JOIN pg_class idx_rel ON idx_rel.oid = idx.indexrelid
         JOIN pg_opclass opc ON opc.oid = idx.indclass[0]
         JOIN pg_am am ON am.oid = idx_rel.relam
         WHERE idx.indrelid = att.attrelid AND idx.indisvalid AND idx.indpred IS NULL
           AND idx.indkey[0] = att.attnum
           AND am.amname = CASE ask.match WHEN 'contains' THEN 'gin' ELSE 'btree' END
           AND CASE ask.match
                 WHEN 'contains' THEN opc.opcname = 'gin_trgm_ops'
                 WHEN 'prefix' THEN opc.opcname LIKE '%\_pattern\_ops'
                   OR found.sorts_by_bytes AND opc.opcdefault AND idx.indcollation[0] = att.attcollation
                 ELSE opc.opcdefault AND idx.indcollation[0] = att.attcollation
                   OR opc.opcname LIKE '%\_pattern\_ops'
               END`;

/**
 * Builds what is missing and succeeds when nothing is. Which operator class a column needs is seen where the column is:
 * by its type and collation.
 *
 * `CREATE INDEX CONCURRENTLY` cannot run inside of a transaction, so neither in a DO block: `format()` makes each
 * statement, every name as `%I`, and `\gexec` runs it. A statement that fails does not stop those after it; the last
 * block fails for all. A build that was broken off leaves an index that is not valid, which every write pays for and no
 * query uses: it is dropped first.
 *
 * Waiting is done in short transactions, and the lock that keeps two runs apart is never waited for: a snapshot that is
 * held would hold up the very build that it waits for.
 */
export const INDEXES_SQL = String.raw`-- Variables: indexes (JSON), table_seconds, lock_timeout.
\set ON_ERROR_STOP on
SET search_path = pg_catalog;
SET statement_timeout = 0;
SELECT set_config('lock_timeout', :'lock_timeout', false) AS ignored,
       set_config('tuned.indexes', :'indexes', false) AS ignored,
       set_config('tuned.table_seconds', :'table_seconds', false) AS ignored \gset
-- The build of a pod that was killed ends with it, and not when it is finished (from Postgres 14 on).
SELECT (SELECT set_config(name, '10s', false) FROM pg_settings
        WHERE name = 'client_connection_check_interval') AS ignored \gset

CREATE TEMPORARY VIEW wanted AS
SELECT ask.*, found.*, uses.*,
       rel.oid AS relation,
       att.attnum AS attribute,
       EXISTS (
         SELECT FROM ${SERVING_INDEX}
           AND (NOT ask.is_unique OR idx.indisunique AND idx.indnkeyatts = 1)
       ) AS built,
       EXISTS (
         SELECT FROM pg_index idx
         JOIN pg_class idx_rel ON idx_rel.oid = idx.indexrelid
         WHERE idx.indrelid = rel.oid AND NOT idx.indisvalid AND idx_rel.relname = ask.index_name
       ) AS is_leftover,
       CASE
         WHEN rel.oid IS NULL THEN 'there is no such table'
         WHEN rel.relkind NOT IN ('r', 'm') THEN
           'it is no plain table: Postgres builds no index concurrently on a partitioned table; index its partitions'
         WHEN att.attnum IS NULL THEN 'the table has no such column'
         WHEN ask.match = 'prefix' AND found.type NOT IN ('text', 'character varying', 'character')
           OR ask.match = 'contains' AND found.type NOT IN ('text', 'character varying') THEN
           format('a column of type %s has no index for the match "%s"', found.type, ask.match)
       END AS problem
FROM (
  SELECT position,
         item ->> 'schema' AS schema_name,
         item ->> 'table' AS table_name,
         item ->> 'column' AS column_name,
         item ->> 'match' AS match,
         (item ->> 'unique')::boolean AS is_unique,
         item ->> 'name' AS index_name
  FROM jsonb_array_elements(current_setting('tuned.indexes')::jsonb) WITH ORDINALITY AS list (item, position)
) AS ask
${COLUMN_CATALOG}
CROSS JOIN LATERAL (
  ${COLUMN_FACTS}
) AS found
CROSS JOIN LATERAL (
  SELECT CASE ask.match WHEN 'contains' THEN 'gin' ELSE 'btree' END AS method,
         CASE
           WHEN ask.match = 'contains' THEN (
             SELECT format(' %I.gin_trgm_ops', ext_nsp.nspname)
             FROM pg_extension ext JOIN pg_namespace ext_nsp ON ext_nsp.oid = ext.extnamespace
             WHERE ext.extname = 'pg_trgm')
           WHEN ask.match = 'prefix' AND NOT found.sorts_by_bytes THEN
             CASE found.type
               WHEN 'text' THEN ' text_pattern_ops'
               WHEN 'character varying' THEN ' varchar_pattern_ops'
               WHEN 'character' THEN ' bpchar_pattern_ops'
             END
           ELSE ''
         END AS operator_class
) AS uses;

-- The application makes its tables, often only after the database is up.
DO $$
DECLARE
  deadline timestamptz := clock_timestamp() + current_setting('tuned.table_seconds')::int * interval '1 second';
BEGIN
  WHILE clock_timestamp() < deadline
    AND EXISTS (SELECT FROM pg_temp.wanted WHERE relation IS NULL OR attribute IS NULL)
  LOOP
    COMMIT;
    PERFORM pg_sleep(1);
  END LOOP;
  -- "cdk8s" in ASCII; two builds at a time would take maintenance_work_mem twice.
  IF NOT pg_try_advisory_lock(426886510707) THEN
    RAISE EXCEPTION 'another run is building indexes of this database';
  END IF;
END $$;

\set ON_ERROR_STOP off
SELECT format('CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA %I', coalesce(nsp.nspname, wanted.schema_name))
FROM pg_temp.wanted LEFT JOIN pg_namespace nsp ON nsp.nspname = 'public'
WHERE match = 'contains' AND problem IS NULL AND operator_class IS NULL
LIMIT 1 \gexec

SELECT CASE WHEN is_leftover THEN
         format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', schema_name, index_name)
       END,
       CASE WHEN NOT built THEN
         format('CREATE %sINDEX CONCURRENTLY IF NOT EXISTS %I ON %I.%I USING %I (%I%s)',
                CASE WHEN is_unique THEN 'UNIQUE ' END, index_name, schema_name, table_name, method, column_name,
                operator_class)
       END
FROM pg_temp.wanted
WHERE problem IS NULL AND operator_class IS NOT NULL
ORDER BY position \gexec

\set ON_ERROR_STOP on
SELECT format('%I.%I (%I): an index for the match "%s" is there', schema_name, table_name, column_name, match)
FROM pg_temp.wanted WHERE built ORDER BY position;
DO $$
DECLARE
  missing text := (
    SELECT string_agg(
      format('%I.%I (%I) for the match "%s": %s', schema_name, table_name, column_name, match,
             coalesce(problem, 'it could not be built, for the reason above')), E'\n' ORDER BY position)
    FROM pg_temp.wanted WHERE NOT built);
BEGIN
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION E'indexes are missing:\n%', missing;
  END IF;
END $$;
`;
