import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../postgres/tables.js';

/**
 * Objects attached to the tables of a projection from outside: new tables inherit them, or they would be lost with the old
 * tables.
 */

/** A rebuild or reset is impossible; the message names the objects in the way and says what to do. Nothing was changed. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused';
}

/** @throws {RebuildRefused} when views, foreign keys, triggers, policies or the like depend on the tables */
export async function refuseDependents(
  kysely: Kysely<Tables>,
  schema: string,
  tables: readonly string[],
): Promise<void> {
  const { rows } = await sql<{ object: string; relation: string }>`
    select distinct coalesce(v.name, pg_describe_object(d.classid, d.objid, d.objsubid)) as object, t.relname as relation
    from pg_depend d
    join pg_class t on t.oid = d.refobjid
    join pg_namespace n on n.oid = t.relnamespace
    left join pg_class i on d.classid = 'pg_class'::regclass and i.oid = d.objid
    left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
    left join lateral (
      select format('%s %s', case c.relkind when 'm' then 'materialized view' else 'view' end, c.oid::regclass) as name
      from pg_rewrite r join pg_class c on c.oid = r.ev_class
      where d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    ) v on true
    where d.refclassid = 'pg_class'::regclass and d.deptype in ('n', 'a')
      and n.nspname = ${schema} and t.relname in (${sql.join(tables)})
      and d.classid <> 'pg_attrdef'::regclass
      and (i.relkind is null or i.relkind <> 'i')
      and (k.oid is null or k.conrelid <> t.oid or k.contype = 'f')
    order by 1`.execute(kysely);
  if (rows.length > 0) refuse(rows.map(({ object, relation }) => `${object} (on ${relation})`));
}

/** @throws {RebuildRefused} when the old table has an index that the new table lacks */
export async function refuseLostIndexes(
  kysely: Kysely<Tables>,
  table: string,
  schemas: { readonly old: string; readonly new: string },
): Promise<void> {
  const { rows } = await sql<{ indexname: string }>`
    select indexname from pg_indexes where schemaname = ${schemas.old} and tablename = ${table}
    except select indexname from pg_indexes where schemaname = ${schemas.new} and tablename = ${table}`.execute(
    kysely,
  );
  if (rows.length > 0) refuse(rows.map(({ indexname }) => `index ${indexname} (on ${table})`));
}

function refuse(objects: readonly string[]): never {
  throw new RebuildRefused(
    `New tables would take the place of the old, and these depend on the old ones: ${objects.join(', ')}. ` +
      'Nothing was changed. Drop them, do this again, and create them again.',
  );
}

interface Grant {
  /** Null for the role `public`. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
  /** Null for the whole table. */
  readonly column: string | null;
}

/** The grants on a table. */
export interface Access {
  readonly owner: string;
  readonly grants: readonly Grant[];
}

/** Null when there is no such table. */
export async function accessTo(
  kysely: Kysely<Tables>,
  schema: string,
  table: string,
): Promise<Access | null> {
  const owners = await sql<{ oid: number; owner: string }>`
    select c.oid, pg_get_userbyid(c.relowner) as owner
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${table}`.execute(kysely);
  const [found] = owners.rows;
  if (found === undefined) return null;
  const { rows } = await sql<Grant>`
    select r.rolname as grantee, a.privilege_type as privilege, a.is_grantable as grantable, a.attname as "column"
    from (
      select x.*, null::name as attname, c.relowner from pg_class c, aclexplode(c.relacl) x where c.oid = ${found.oid}
      union all
      select x.*, t.attname, c.relowner
      from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) x where c.oid = ${found.oid}
    ) a left join pg_roles r on r.oid = a.grantee
    where a.grantee <> a.relowner`.execute(kysely);
  return { owner: found.owner, grants: rows };
}

/** Copies a table's owner and grants from another table, except grants on columns that are gone. */
export async function giveAccess(
  transaction: Kysely<Tables>,
  schema: string,
  table: string,
  { owner, grants }: Access,
): Promise<void> {
  const name = sql.table(`${schema}.${table}`);
  const columns = await sql<{ column_name: string }>`
    select column_name from information_schema.columns
    where table_schema = ${schema} and table_name = ${table}`.execute(transaction);
  const has = new Set(columns.rows.map(({ column_name }) => column_name));
  for (const { grantee, privilege, grantable, column } of grants) {
    if (column !== null && !has.has(column)) continue;
    const what = column === null ? sql.raw(privilege) : sql`${sql.raw(privilege)} (${sql.id(column)})`;
    const whom = grantee === null ? sql.raw('public') : sql.id(grantee);
    const option = sql.raw(grantable ? 'with grant option' : '');
    await sql`grant ${what} on table ${name} to ${whom} ${option}`.execute(transaction);
  }
  const now = await accessTo(transaction, schema, table);
  if (now?.owner !== owner) await sql`alter table ${name} owner to ${sql.id(owner)}`.execute(transaction);
}

/** The other sessions that lock tables now, in words. */
export async function sessionsHolding(
  kysely: Kysely<Tables>,
  schema: string,
  tables: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ pid: number; application: string; since: Date | null }>`
    select distinct a.pid, a.application_name as application, a.xact_start as since
    from pg_locks l
    join pg_class t on t.oid = l.relation
    join pg_namespace n on n.oid = t.relnamespace
    join pg_stat_activity a on a.pid = l.pid
    where l.granted and a.pid <> pg_backend_pid() and a.datname = current_database()
      and n.nspname = ${schema} and t.relname in (${sql.join(tables)})
    order by a.xact_start`.execute(kysely);
  return rows.map(({ pid, application, since }) => {
    const name = application === '' ? '' : ` (${application})`;
    return `session ${pid}${name}${since === null ? '' : `, in a transaction since ${since.toISOString()}`}`;
  });
}
