// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Good calls of what the staff do with mailings, each of a mailing that is as far as it has to be.
import { randomUUID } from "node:crypto";
import type { Scope } from "@cdb/api/scopes.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { openAccount } from "../data/accounts/account.ts";
import { addToGroup } from "../data/accounts/group-requests.ts";
import type { Database } from "../data/database.ts";
import { freezeAudience } from "../data/mailings/audience.ts";
import { getMailing, makeMailing } from "../data/mailings/mailing.ts";
import { saveText } from "../data/mailings/mailing-text.ts";
import { approveMailing, scheduleMailing } from "../data/mailings/release-mailing.ts";
import { showMailing } from "../data/mailings/show-mailing.ts";
import { approveRole } from "../data/people/role.ts";
import { administrator, makePerson } from "./make.ts";
import { personToken, programToken } from "./tokens.ts";

type Tree = Record<string, unknown>;
export interface Call {
  params?: Tree;
  query?: Tree;
  body?: Tree;
  token?: string;
}

/** Somebody has agreed to the newsletter; `reader`: whom previews are for. */
export function mailingCalls(database: Database, reader: () => { id: number }): Record<string, () => Promise<Call>> {
  return {
    "mailings.list": async () => ({ query: { limit: "5" } }),
    "mailings.make": async () => ({ body: aMailing(), token: await writerToken() }),
    "mailings.show": async () => ({ params: await someMailing(database, "draft") }),
    "mailings.change": async () => ({
      ...{ params: await someMailing(database, "draft"), body: aMailing(), token: await writerToken() },
    }),
    "mailings.write": async () => ({
      params: { ...(await someMailing(database, "draft")), language: "de" },
      body: { subject: "Neues", body: "Hallo {name},\n\n*Neues*" },
    }),
    "mailings.removeText": async () => ({ params: { ...(await someMailing(database, "draft")), language: "en" } }),
    "mailings.preview": async () => ({
      ...{
        params: await someMailing(database, "draft"),
        body: { language: "en", person: reader().id },
        token: await writerToken(),
      },
    }),
    "mailings.test": async () => ({
      ...{
        params: await someMailing(database, "draft"),
        body: { language: "en" },
        token: await staffToken(database, "mailings:write"),
      },
    }),
    "mailings.explain": async () => ({ params: await someMailing(database, "draft"), body: { person: reader().id } }),
    "mailings.approve": async () => {
      const { id } = await someMailing(database, "draft");
      return { params: { id }, body: { digest: await digestNow(database, id) } };
    },
    "mailings.schedule": async () => ({
      params: await someMailing(database, "approved"),
      body: { at: Temporal.Now.instant().add({ hours: 1 }).toString() },
    }),
    "mailings.steer": async () => ({ params: await someMailing(database, "scheduled"), body: { do: "pause" } }),
    "mailings.settleUnknown": async () => ({ params: await someMailing(database, "unknown"), body: { do: "accept" } }),
    "mailings.listRecipients": async () => ({
      ...{ params: await someMailing(database, "unknown"), query: { state: "accepted", after: "1", limit: "5" } },
    }),
    "mailings.showStatistics": async () => ({ params: await someMailing(database, "unknown") }),
  };
}

const aMailing = () => ({
  ...{ name: `news-${randomUUID()}`, purpose: "newsletter", selector: 'name = "*Ada*"', replyTo: "ada@example.org" },
  public: true,
});

/** As far as that; of one whose connection broke while it was sent nobody knows. */
async function someMailing(
  database: Database,
  state: "draft" | "approved" | "scheduled" | "unknown",
): Promise<{ id: string }> {
  const second = { kind: "administrator", name: "second" } as const;
  const id = await database.transaction(administrator, async (work) => {
    const mailing = await makeMailing(work, { ...aMailing(), selector: "" });
    await saveText(work, mailing, { language: "en", subject: "News", body: "Hello" });
    return String(mailing.id);
  });
  if (state === "draft") return { id };
  const digest = await digestNow(database, id);
  await database.transaction(second, async (work) => {
    const mailing = await getMailing(work, id, "lock");
    await approveMailing(work, mailing, digest);
    if (state !== "approved") scheduleMailing(work, mailing);
    if (state === "unknown") await freezeAudience(work, mailing);
    if (state === "unknown") mailing.begin(work);
  });
  if (state === "unknown") await database.pool.query("update mailing_recipient set state = 'unknown'");
  return { id };
}

async function digestNow(database: Database, id: string): Promise<string> {
  return (await database.read(administrator, async (work) => showMailing(work, await getMailing(work, id)))).digest;
}

function writerToken(): Promise<string> {
  return programToken("front", ["mailings:write", "people:read"]);
}

async function staffToken(database: Database, scope: Scope): Promise<string> {
  const { uuid } = await database.transaction(administrator, async (work) => {
    const person = await makePerson(work);
    await approveRole(work, person, { name: "staff", reason: "" });
    await openAccount(work, person, `writer.${person.id}`);
    await addToGroup(work, person, "donor-care", "");
    return person;
  });
  return personToken(uuid, { claims: { scope, amr: ["pwd", "mfa"] } });
}
