import { sql } from 'kysely';
import type { Database } from './database.js';

/** An operator's key, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Null for a key that may be used. */
  readonly revokedAt: Date | null;
}

/** The operators' keys of an installation. Unlike read models they cannot be made again: changes wait for the disk. */
export class ApiKeys {
  constructor(private readonly database: Database) {}

  async add({ id, name, hash }: { id: string; name: string; hash: Uint8Array }): Promise<void> {
    await this.#durably((transaction) =>
      transaction
        .insertInto('api_keys')
        .values({ id, name, hash: Buffer.from(hash) })
        .execute(),
    );
  }

  /** All keys that ever were, the oldest first. */
  async list(): Promise<readonly ApiKey[]> {
    const rows = await this.database.kysely
      .selectFrom('api_keys')
      .select(['id', 'name', 'created_at', 'revoked_at'])
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(({ id, name, created_at, revoked_at }) => ({
      ...{ id, name },
      createdAt: created_at,
      revokedAt: revoked_at,
    }));
  }

  /** Those that may be used. */
  valid(): Promise<readonly { id: string; name: string; hash: Uint8Array }[]> {
    return this.database.kysely
      .selectFrom('api_keys')
      .select(['id', 'name', 'hash'])
      .where('revoked_at', 'is', null)
      .execute();
  }

  /** A key is revoked for good; the first time counts. @returns null for an id that no key has */
  async revoke(id: string): Promise<ApiKey | null> {
    await this.#durably((transaction) =>
      transaction
        .updateTable('api_keys')
        .set({ revoked_at: sql`clock_timestamp()` })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .execute(),
    );
    return (await this.list()).find((key) => key.id === id) ?? null;
  }

  async #durably(change: (transaction: Database['kysely']) => Promise<unknown>): Promise<void> {
    await this.database.kysely.transaction().execute(async (transaction) => {
      await sql`set local synchronous_commit = on`.execute(transaction);
      await change(transaction);
    });
  }
}
