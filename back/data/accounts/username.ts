// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which usernames may be had: rules that a reader of the form understands, and none that could be taken for another's.
import { createHmac } from "node:crypto";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import { usernamePattern } from "./account.ts";

/** From here to the end of the transaction nobody else takes this username, or one that looks like it. */
export async function lockUsername(work: Work, username: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('username ' || username_look(${username}), 0))`.execute(
    work.query,
  );
}

/** Throws Invalid for what is no username, or one that people should not choose by themselves. */
export function assertUsername(username: string): void {
  if (!usernamePattern.test(username))
    throw new Invalid("username-malformed", "A username has 3 to 32 small letters, digits, dots, dashes.", "username");
  if (!/^[a-z0-9]+([._-][a-z0-9]+)*$/.test(username))
    throw new Invalid("username-marks", "Dots and dashes stand alone, between letters or digits.", "username");
}

/** What stands in the way of a username; undefined: it is free. `secret` keys the hashes of those who left. */
export async function whyNotFree(
  work: Work,
  username: string,
  secret: string,
): Promise<"reserved" | "taken" | "looks-reserved" | "looks-taken" | undefined> {
  return (await judge(work, [username], secret)).get(username);
}

/** Throws Invalid or Conflict with a sentence for the person who chose it. */
export async function assertFree(work: Work, username: string, secret: string): Promise<void> {
  const why = await whyNotFree(work, username, secret);
  if (why === "reserved") throw new Invalid("username-reserved", "This username is reserved.", "username");
  if (why === "looks-reserved")
    throw new Invalid("username-looks-reserved", "This username looks like one that is reserved.", "username");
  if (why === "taken") throw new Conflict("username-taken", "This username is taken.");
  if (why === "looks-taken")
    throw new Conflict("username-looks-taken", "This username looks like one that is taken: it would be confused.");
}

/** Free usernames made from a name, the plainest first; none for a name without Latin letters. */
export async function suggestUsernames(work: Work, name: string, secret: string, count = 4): Promise<string[]> {
  const candidates = [...new Set(candidatesFor(name))].filter((it) => usernamePattern.test(it));
  const judged = await judge(work, candidates, secret);
  return candidates.filter((candidate) => judged.get(candidate) === undefined).slice(0, count);
}

/** What is remembered of the username of somebody who left: nobody gets it, or one that looks like it. */
export async function retireUsernames(work: Work, personId: number, secret: string): Promise<void> {
  const { rows } = await sql<{ username: string; look: string; entryId: string | null }>`
    select name as username, username_look(name) as look, entry_id from account, unnest(former_usernames || username) as name where person_id = ${personId}`.execute(
    work.query,
  );
  if (rows.length === 0) return;
  await work.query
    .insertInto("retiredUsername")
    .values(
      [...new Set(rows.map(({ look }) => look))].map((look) => ({ lookHash: hashOf(look, secret), at: work.now })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Under whichever of its names the entry stands, it goes.
  for (const { username, entryId } of rows) work.queue({ name: "write-entry", username, ...(entryId && { entryId }) });
}

type Hindrance = "reserved" | "taken" | "looks-reserved" | "looks-taken";

async function judge(work: Work, usernames: string[], secret: string): Promise<Map<string, Hindrance | undefined>> {
  const { reserved } = work.organisation.usernames;
  const { rows } = await sql<{ username: string; look: string; looksReserved: boolean; alike: boolean; same: boolean }>`
    select username, username_look(username) as look,
      exists (select from unnest(${reserved}::text[]) as kept where username_look(kept) = username_look(asked.username)) as looks_reserved,
      exists (select from account where username_look(account.username) = username_look(asked.username))
        or username_look(username) = any(array(select username_look(former) from account, unnest(former_usernames) as former
          where former_usernames <> '{}')) as alike,
      exists (select from account where account.username = asked.username) or username = any(array(
        select unnest(former_usernames) from account where former_usernames && ${usernames}::text[] and former_usernames <> '{}')) as same
    from unnest(${usernames}::text[]) as asked (username)`.execute(work.query);
  const retired = await findRetired(
    work,
    rows.map(({ look }) => look),
    secret,
  );
  return new Map(
    rows.map(({ username, look, looksReserved, alike, same }): [string, Hindrance | undefined] => {
      if (reserved.includes(username)) return [username, "reserved"];
      if (same || retired.has(look)) return [username, "taken"];
      if (looksReserved) return [username, "looks-reserved"];
      return [username, alike ? "looks-taken" : undefined];
    }),
  );
}

async function findRetired(work: Work, looks: string[], secret: string): Promise<Set<string>> {
  const byHash = new Map(looks.map((look) => [hashOf(look, secret), look]));
  const { rows } = await sql<{ lookHash: string }>`select look_hash from retired_username
    where look_hash = any(${[...byHash.keys()]}::text[])`.execute(work.query);
  return new Set(rows.map(({ lookHash }) => byHash.get(lookHash) ?? ""));
}

function hashOf(look: string, secret: string): string {
  return createHmac("sha256", secret).update(`username;${look}`).digest("hex");
}

const spelled: Record<string, string> = {
  ä: "ae",
  ö: "oe",
  ü: "ue",
  å: "aa",
  ß: "ss",
  æ: "ae",
  ø: "oe",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

function candidatesFor(name: string): string[] {
  const words = name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[äöüåßæøłđðþı]/g, (letter) => spelled[letter] ?? "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/^[0-9]+/, ""))
    .filter((word) => word !== "");
  const [first = "", last = ""] = [words[0], words.length > 1 ? words.at(-1) : ""];
  const whole = last === "" ? first : `${first}.${last}`;
  const plain = [first, whole, `${first.slice(0, 1)}${last}`, `${first}${last.slice(0, 1)}`, last];
  const numbered = [2, 6, 8, 9, 22, 66, 88].map((number) => `${whole}${number}`);
  return [...plain, ...numbered].map((it) => it.slice(0, 32).replace(/\.$/, ""));
}
