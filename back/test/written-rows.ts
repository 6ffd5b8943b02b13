// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Every row that was written, in every table that the catalogue knows: a trigger tells it, so that no table can be forgotten.
import { after } from "node:test";
import pg from "pg";

export interface WrittenRow {
  table: string;
  deed: "INSERT" | "UPDATE" | "DELETE";
  /** As it is now, or was. */
  row: Record<string, unknown>;
}

const watch = `
  create schema watch;
  create table watch.written (n bigint generated always as identity, "table" text, deed text, row jsonb);
  create function watch.tell() returns trigger language plpgsql security definer as $$
  begin
    insert into watch.written ("table", deed, row) values (tg_table_schema || '.' || tg_table_name, tg_op, to_jsonb(coalesce(new, old)));
    return null;
  end $$;
  do $$ declare t regclass; begin
    for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('watch', 'pg_catalog', 'information_schema')
    loop execute format('create trigger watched after insert or update or delete on %s for each row execute function watch.tell()', t);
    end loop;
  end $$;`;

export class WrittenRows {
  readonly #client: pg.Client;
  #taken = 0;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** `ownerUrl`: of the role that owns the tables. */
  static async watch(ownerUrl: string): Promise<WrittenRows> {
    const client = new pg.Client(ownerUrl);
    // The database goes when the file's tests are done, maybe before this connection.
    client.on("error", () => {});
    after(() => client.query("drop schema if exists watch cascade").catch(() => {}));
    after(() => client.end());
    await client.connect();
    await client.query(watch);
    return new WrittenRows(client);
  }

  /** What was written and committed since the last time it was asked, in order. */
  async take(): Promise<WrittenRow[]> {
    const { rows } = await this.#client.query<WrittenRow & { n: string }>(
      'with taken as (delete from watch.written returning n, "table", deed, row) select * from taken order by n',
    );
    // Nobody else tidies up: what is gone would be read past again each time.
    this.#taken += rows.length;
    if (this.#taken > 500) await this.#client.query("vacuum watch.written");
    if (this.#taken > 500) this.#taken = 0;
    return rows.map(({ table, deed, row }) => ({ table, deed, row }));
  }
}
