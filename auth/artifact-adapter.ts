// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the library has handed out of one kind (sessions, codes, grants): one table, one round trip a call, each redeemed once only.
import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import type pg from "pg";
import { end } from "./ending.ts";
import { successorOf } from "./grants.ts";
import { type Secrets, sha256 } from "./secrets.ts";
import { uniteGrants } from "./unite-grants.ts";

/** A refresh token sent twice within this time gets the same successor: pages load in parallel. */
const replaySeconds = 10;
// $3 is the successor: while it is not stored, for we were killed between, nobody has got it.
const mayComeAgain = `(model = 'RefreshToken' and (consumed_at > now() - make_interval(secs => ${replaySeconds})
  or not exists (select from artifact next where next.model = 'RefreshToken' and next.id_hash = $3)))`;
// Several requests of a session add to the service they are about at once: what one of them has not read stays.
const withServices = `case when artifact.model <> 'Session' or artifact.account_id is distinct from excluded.account_id
  then excluded.payload else jsonb_set(excluded.payload::jsonb, '{authorizations}', (
    select coalesce(jsonb_object_agg(client, coalesce(kept->client, '{}') || coalesce(saved->client, '{}')), '{}')
    from (select coalesce(artifact.payload::jsonb->'authorizations', '{}') as kept,
      coalesce(excluded.payload::jsonb->'authorizations', '{}') as saved) as both_of, jsonb_object_keys(kept || saved) as client
  ))::json end`;
const isAlive = "artifact.expires_at > '-infinity'";

interface Row {
  payload: AdapterPayload;
  consumed: boolean;
}

export class ArtifactAdapter implements Adapter {
  readonly #pool: pg.Pool;
  readonly #secrets: Secrets;
  readonly #model: string;
  readonly #idleSeconds: number;

  constructor(pool: pg.Pool, secrets: Secrets, model: string, idleSeconds: number) {
    this.#idleSeconds = idleSeconds;
    this.#pool = pool;
    this.#secrets = secrets;
    this.#model = model;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn = 0): Promise<void> {
    const isNewOnly = this.#model === "ReplayDetection" || this.#model === "Grant";
    const { accountId, sessionUid } = ownerOf(this.#model, payload);
    const onConflict = isNewOnly
      ? "do nothing"
      : `do update set payload = ${withServices}, grant_id = excluded.grant_id, account_id = excluded.account_id,
           session_uid = excluded.session_uid, client_id = excluded.client_id, expires_at = excluded.expires_at
           where ${isAlive}`;
    const { rowCount } = await this.#pool.query({
      name: `upsert-${onConflict.slice(0, 9)}`,
      text: `insert into artifact
        (model, id_hash, payload, grant_id, account_id, session_uid, client_id, user_code, expires_at)
        select $1, $2::bytea, $3::json, $4, $5, $6, $7, $8, now() + make_interval(secs => $9)
        where $1 <> 'Session' or not exists (select from artifact ended
          where ended.model = 'Session' and ended.session_uid = $6 and ended.expires_at = '-infinity')
        on conflict (model, id_hash) ${onConflict}`,
      values: [
        this.#model,
        sha256(id),
        JSON.stringify(withoutSecrets(payload), this.#model === "Session" ? searchable : undefined),
        payload.grantId ?? null,
        accountId ?? null,
        sessionUid ?? null,
        payload.clientId ?? null,
        payload.userCode ?? null,
        // A session may end sooner than its payload says: when nobody uses it.
        this.#model === "Session" ? Math.min(expiresIn, this.#idleSeconds) : expiresIn,
      ],
    });
    if (rowCount !== 0 || !isNewOnly) return;
    if (this.#model === "Grant") return this.#addToGrant(id, payload, expiresIn);
    // Somebody who redeems a replayed assertion comes second here, and has lost.
    throw new errors.InvalidClientAuth("the assertion was used before");
  }

  /** Another request may have added to it since this one read it. One that has ended stays so. */
  async #addToGrant(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const hash = sha256(id);
    for (let isSaved = false; !isSaved; ) {
      const { rows } = await this.#pool.query<{ text: string }>(
        `select payload::text as text from artifact where model = 'Grant' and id_hash = $1 and ${isAlive}`,
        [hash],
      );
      const [kept] = rows;
      if (!kept) return;
      const united = withoutSecrets(uniteGrants(JSON.parse(kept.text), payload));
      const { rowCount } = await this.#pool.query(
        `update artifact set payload = $2, expires_at = now() + make_interval(secs => $3)
         where model = 'Grant' and id_hash = $1 and payload::text = $4 and ${isAlive}`,
        [hash, JSON.stringify(united), expiresIn, kept.text],
      );
      isSaved = rowCount === 1;
    }
  }

  /** What is over is found too, for the library reads in the payload that it is; but a session may have lain idle. */
  async find(id: string): Promise<AdapterPayload | undefined> {
    const { rows } = await this.#pool.query<Row>({
      name: "find",
      text: `select payload, consumed_at is not null and not ${mayComeAgain} as consumed
        from artifact where model = $1 and id_hash = $2
          and expires_at > case model when 'Session' then now() else '-infinity' end`,
      values: [this.#model, sha256(id), this.#successor(id)],
    });
    const [row] = rows;
    return row && { ...row.payload, jti: id, ...(row.consumed ? { consumed: true } : {}) };
  }

  /** Read only: the session's own id is not stored, so what this returns cannot be saved. */
  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const { rows } = await this.#pool.query<Row>({
      name: "find-by-uid",
      text: "select payload from artifact where model = 'Session' and session_uid = $1 and expires_at > now()",
      values: [uid],
    });
    return rows[0]?.payload;
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const { rows } = await this.#pool.query<Row>(
      "select payload from artifact where model = $1 and user_code = $2 and expires_at > now()",
      [this.#model, userCode],
    );
    return rows[0]?.payload;
  }

  /** Of several that come at once one succeeds; the others learn that they were late. */
  async consume(id: string): Promise<void> {
    const { rowCount } = await this.#pool.query({
      name: "consume",
      text: `update artifact set consumed_at =
          case when consumed_at > now() - make_interval(secs => ${replaySeconds}) then consumed_at else now() end
        where model = $1 and id_hash = $2 and (consumed_at is null or ${mayComeAgain})`,
      values: [this.#model, sha256(id), this.#successor(id)],
    });
    if (rowCount === 1) return;
    if (this.#model === "PushedAuthorizationRequest") throw new errors.InvalidRequestUri("it was used before");
    throw new errors.InvalidGrant("it was used before");
  }

  async destroy(id: string): Promise<void> {
    await this.#pool.query({
      name: "destroy",
      // A session that goes on under another id leaves this one; that is not the end of it.
      text: `${end}, session_uid = null where model = $1 and id_hash = $2 and ${isAlive}`,
      values: [this.#model, sha256(id)],
    });
  }

  #successor(id: string): Buffer | null {
    return this.#model === "RefreshToken" ? sha256(successorOf(this.#secrets, id)) : null;
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#pool.query({
      name: "revoke-by-grant",
      text: "delete from artifact where model = $1 and grant_id = $2",
      values: [this.#model, grantId],
    });
  }
}

/** Whose it is, and of which session. A sign-in that waits is of who has proved something in it and is yet to go on. */
function ownerOf(
  model: string,
  { accountId, uid, sessionUid, result, session }: AdapterPayload,
): Pick<AdapterPayload, "accountId" | "sessionUid"> {
  if (model === "Session") return { accountId, sessionUid: uid };
  if (model === "Interaction") return { accountId: result?.login?.accountId, sessionUid: session?.uid };
  return { accountId, sessionUid };
}

// Sessions are searched, and PostgreSQL looks into no JSON that has these in it. They come from a state at signing out.
function searchable(_name: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\ufffd") : value;
}

// Whoever reads the table must not be able to sign in with what is in it.
function withoutSecrets(payload: AdapterPayload): AdapterPayload {
  const { jti: _jti, ...rest } = payload;
  if (!rest.session) return rest;
  const { cookie: _cookie, ...session } = rest.session;
  return { ...rest, session };
}
