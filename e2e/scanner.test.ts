// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mail programs and scanners open every link before a person does: nothing changes, in any table, by any link of any mail.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { Database, type Work } from "@cdb/back/data/database.ts";
import { behaviours, type Command } from "@cdb/back/data/links/commands.ts";
import { signCommand } from "@cdb/back/data/links/signed-command.ts";
import { prepareLink } from "@cdb/back/data/links/signed-link.ts";
import { type MailName, mails } from "@cdb/back/data/mailings/mails.ts";
import { queueMessage } from "@cdb/back/data/mailings/message.ts";
import { setConsent } from "@cdb/back/data/people/consent.ts";
import { requestErasure } from "@cdb/back/data/people/erasure.ts";
import type { Person } from "@cdb/back/data/people/person.ts";
import { organisation } from "@cdb/back/test/database.ts";
import { administrator, makeAPledge, makePerson } from "@cdb/back/test/make.ts";
import { type WrittenRow, WrittenRows } from "@cdb/back/test/written-rows.ts";
import pg from "pg";
import { openPage } from "./browser.ts";
import { theSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

const system = await theSystem();
const secrets = JSON.parse(readFileSync(path.join(system.home, "settings.json"), "utf8"));
const postgres = `127.0.0.1:${Number(new URL(system.front).port) + 5}`;
const urlOf = (role: "cdb_app" | "cdb_migrate" | "cdb_auth") =>
  `postgresql://${role}:${secrets[role]}@${postgres}/${role === "cdb_auth" ? "auth" : "community"}`;

const database = new Database(urlOf("cdb_app"), organisation, { program: "test" });
const tasksOfAuth = new pg.Pool({ connectionString: urlOf("cdb_auth"), max: 1 });
// PostgreSQL goes with the system, maybe before this connection.
tasksOfAuth.on("error", () => {});
after(() => Promise.all([database.close(), tasksOfAuth.end()]));
const commands = Object.keys(behaviours) as Command[];
const kinds = Object.keys(mails) as MailName[];

const linkOf = new Map<Command, string>(await Promise.all(commands.map(mailOf)));
for (const language of ["en", "de"])
  await Promise.all(
    kinds.map((kind, index) => queueKind(kind, language, commands[index % commands.length] as Command)),
  );
const loginLink = await askForLoginLink("chiara@example.org");
const sent = await allMails();
const watched = [await WrittenRows.watch(urlOf("cdb_migrate")), await WrittenRows.watch(urlOf("cdb_auth"))];

test("opening every link of every mail changes no row of any table", async () => {
  const links = new Set([...sent.flatMap((mail) => mail.links).filter(isOurs), ...linkOf.values(), loginLink]);
  assert.ok(links.size > 2 * kinds.filter((kind) => mails[kind].link).length, String(links.size));
  const before = await outside();
  for (const link of links)
    for (const method of ["HEAD", "GET", "GET"]) {
      const { status } = await fetch(link, { method });
      assert.ok(status < 500 && status !== 405, `${method} ${link}: ${status}`);
    }
  for (const [command, link] of linkOf) assert.equal((await fetch(link)).status, 200, command);
  assert.equal((await fetch(loginLink)).status, 200);
  assert.deepEqual(await changes(), []);
  assert.deepEqual(await outside(), before);
});

test("an altered link does nothing, whatever was altered, whether it is opened or its button pressed", async () => {
  for (const good of [linkOf.get("unsubscribe") ?? "", linkOf.get("change-email") ?? ""])
    for (const altered of alterationsOf(good)) await assertVoid(altered);
  assert.deepEqual(await changes(), []);
  for (const altered of alterationsOf(loginLink)) {
    const { status } = await fetch(altered);
    assert.ok(status >= 400 && status < 500, `${altered}: ${status}`);
    const token = new URL(altered).searchParams.get("token") ?? "";
    if (loginLink.endsWith(`=${token}`)) continue;
    const body = new URLSearchParams({ token, here: "yes" });
    const headers = { Origin: system.auth };
    const pressed = await fetch(`${system.auth}/sign-in/link`, { method: "POST", body, headers, redirect: "manual" });
    assert.ok(pressed.status >= 400 && pressed.status < 500, `POST ${altered}: ${pressed.status}`);
  }
  assert.deepEqual(await changes(), []);
});

test("an outside program's signed command of which one letter is altered does nothing", async () => {
  const person = await database.transaction(administrator, (work) => makePerson(work, { email: "shop@example.com" }));
  await changes();
  const signature = signCommand("confirm", String(person.id), { wants_info: "yes" }, "cmd_passphrase");
  const good = `${system.front}/command/confirm?person=${person.id}&wants_info=yes&signature=${signature}`;
  for (const method of ["HEAD", "GET"]) assert.equal((await fetch(good, { method })).status, 200);
  const letters = [...good];
  for (let index = good.indexOf("?") + 1; index < good.length; index += 1)
    await assertVoid(letters.with(index, letters[index] === "a" ? "b" : "a").join(""));
  for (const more of [
    "&wants_newsletter_info=yes",
    "&wants_info=yes",
    "&person=1001",
    `&signature=${signature}`,
    "&=",
    "&a",
  ])
    await assertVoid(good + more);
  assert.deepEqual(await changes(), []);
});

test("the address of another command shows what the link says, and does nothing else", async () => {
  const good = linkOf.get("keep-alive") ?? "";
  const page = await (await fetch(good)).text();
  for (const command of commands) {
    const other = await fetch(good.replace("/command/keep-alive", `/command/${command}`));
    assert.equal(other.status, 200);
    assert.equal(titleOf(await other.text()), titleOf(page), command);
  }
  assert.deepEqual(await changes(), []);
});

test("a link written with other escapes is the same link, and each does what it says when its button is pressed, once", async () => {
  for (const [command, link] of linkOf) {
    const token = new URL(link).searchParams.get("link") ?? "";
    const escaped = [...token].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
    assert.equal((await fetch(link.replace(token, escaped))).status, 200, command);
    assert.deepEqual(await changes(), [], command);
    const body = new URLSearchParams({ go: "1", shownUntil: "0" });
    assert.equal((await fetch(link, { method: "POST", body })).status, 200, command);
    await settled();
    assert.notDeepEqual(await changes(), [], `${command} does nothing, so that this test proves nothing`);
    for (const method of ["HEAD", "GET"]) assert.equal((await fetch(link, { method })).status, 200, command);
    assert.deepEqual(await changes(), [], `${command} once it was followed`);
  }
});

/** A person for whom the command has something to do, the mail that carries it, and its link as it arrived. */
async function mailOf(command: Command): Promise<[Command, string]> {
  const email = `scanned-${command}@example.com`;
  await database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { name: "Nora Scanned", email, confirmation: "caller" });
    await queue(work, "confirm-registration", person, "en", command);
  });
  const { links } = await system.mail(email, /./);
  return [command, links.find((link) => link.includes(`/command/${command}?`)) ?? ""];
}

async function queueKind(kind: MailName, language: string, command: Command): Promise<void> {
  const email = `kind-${kind}-${language}@example.com`;
  await database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { name: "Kim Kind", email, language });
    await queue(work, kind, person, language, command);
  });
}

async function queue(work: Work, mail: MailName, person: Person, language: string, command: Command): Promise<void> {
  const pledge = await makeAPledge(work, person, { interval: "monthly", method: "card" });
  await setConsent(work, person, "newsletter", true, { channel: "/subscribe" });
  if (command === "keep-me") await requestErasure(work, person);
  const { fields, secrets: hidden, link } = mails[mail];
  const details = {
    ...(command === "restore-email" ? { oldEmail: `old-${person.email}`, newEmail: person.email ?? "" } : {}),
    ...(/^(change-email|confirm-secondary-email)$/.test(command)
      ? { oldEmail: person.email ?? "", newEmail: `new-${person.email}` }
      : {}),
    ...(command === "unsubscribe" && { purpose: "newsletter" }),
    ...(/pledge/.test(command) && { pledge: String(pledge.id), amount: "5000" }),
  };
  const prepared = link ? await prepareLink(work, person, command, 30, details) : null;
  const value = (name: string) => (name === "reference" ? pledge.reference : name === "epc" ? "2500 EUR" : "sample");
  await queueMessage(work, {
    mail,
    person,
    recipient: { email: person.email ?? "", language },
    fields: Object.fromEntries(fields.map((name) => [name, value(name)])),
    ...(hidden.length > 0 && { secrets: Object.fromEntries(hidden.map((name) => [name, secretOf(name)])) }),
    linkId: prepared?.id ?? null,
  });
}

function secretOf(name: string): string {
  return name === "loginLink" ? `${system.auth}/sign-in/link?token=${"x".repeat(43)}` : "ABCD-EFGH";
}

async function askForLoginLink(identifier: string): Promise<string> {
  const page = await openPage();
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill(identifier);
  await page.getByRole("button", { name: "Sign in" }).click();
  const { links } = await system.mail(identifier, /sign/i);
  return links.find((link) => link.startsWith(`${system.auth}/sign-in/link`)) ?? "";
}

/** Of every kind in both languages, once the worker has nothing left to do. */
async function allMails() {
  for (const kind of kinds)
    for (const language of ["en", "de"]) await system.mail(`kind-${kind}-${language}@example.com`);
  await settled();
  const response = await fetch(`${system.inbox}/api/messages`);
  return (await response.json()) as Awaited<ReturnType<typeof system.mails>>;
}

// Twice: what was done at one of the two gives the other something to do.
function settled(): Promise<unknown> {
  return waitUntil("every mail is sent and every task is done", async () => !(await isBusy()) && !(await isBusy()));
}

async function isBusy(): Promise<boolean> {
  const [back, auth] = [
    await database.pool.query(`select from message where state in ('queued', 'handed-over')
      union all select from pgboss.job where state in ('created', 'retry', 'active') and start_after < now()`),
    await tasksOfAuth.query("select from task where done_at is null and given_up_at is null"),
  ];
  return (back.rowCount ?? 0) + (auth.rowCount ?? 0) > 0;
}

function isOurs(link: string): boolean {
  return [system.front, system.auth].some((site) => link === site || link.startsWith(`${site}/`));
}

/** What was written since it was asked last; the queue's own clockwork does not count, a task does. */
async function changes(): Promise<WrittenRow[]> {
  const rows = (await Promise.all(watched.map((rows) => rows.take()))).flat();
  return rows.filter((row) => !isClockwork(row) && !isWaitingSignIn(row));
}

// The queue looks at itself, and auth forgets what is over, whether somebody opens a link or not.
function isClockwork({ table, deed, row }: WrittenRow): boolean {
  if (table === "public.artifact" && deed === "DELETE") return Date.parse(String(row.expires_at)) < Date.now();
  const isTask = /job/.test(table) && deed === "INSERT" && !String(row.name).startsWith("__pgboss__");
  return table.startsWith("pgboss.") && !isTask;
}

// A link to a page for people who are signed in leads to where one signs in, which waits for somebody a while.
function isWaitingSignIn({ table, deed, row }: WrittenRow): boolean {
  return table === "public.artifact" && deed === "INSERT" && row.model === "Interaction" && row.account_id === null;
}

/** What lies outside the databases: the directory, the provider, the mails. */
async function outside(): Promise<string[]> {
  const files = ["directory.json", "stripe.json"].map((name) => path.join(system.home, "state", name));
  const mails = await (await fetch(`${system.inbox}/api/messages`)).text();
  return [...files.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")), mails];
}

async function assertVoid(link: string): Promise<void> {
  const opened = await fetch(link);
  assert.ok(opened.status >= 400 && opened.status < 500, `${link}: ${opened.status}`);
  for (const fields of [
    { go: "1", shownUntil: "0" },
    { go: "undo", shownUntil: "0" },
    { "List-Unsubscribe": "One-Click" },
  ]) {
    const pressed = await fetch(link, { method: "POST", body: new URLSearchParams(fields as Record<string, string>) });
    assert.ok(pressed.status >= 400 && pressed.status < 500, `POST ${link}: ${pressed.status}`);
  }
}

/** Each letter of the token another one, cut anywhere, doubled, with more before and behind it, in other letters. */
function alterationsOf(link: string): string[] {
  const [start = "", token = ""] = link.split(/(?<=[?&](?:link|token)=)/);
  const name = /(\w+)=$/.exec(start)?.[1] ?? "";
  const letters = [...token];
  const others = letters.flatMap((letter, index) =>
    (index === letters.length - 1 ? [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"] : [letter === "a" ? "b" : "a"])
      .filter((other) => other !== letter)
      .map((other) => letters.with(index, other).join("")),
  );
  const cut = letters.map((_, index) => token.slice(0, index));
  const swapped = [
    token.toUpperCase(),
    token.split("").reverse().join(""),
    token.replace(".", ""),
    token.replace(".", ".."),
    token.replace("-", "%2d%00"),
  ];
  const longer = [
    token + token,
    `${token}A`,
    `A${token}`,
    `${token}=`,
    `${token}%0a`,
    `%20${token}`,
    `${token}%20`,
    `${token}.`,
    `${token}/`,
  ];
  const tokens = [...new Set([...others, ...cut, ...swapped, ...longer])].filter((other) => other !== token);
  const [bare] = start.split("?");
  return [
    ...tokens.map((other) => start + other),
    `${link}&${name}=${token}`,
    `${bare}?${name}%5b%5d=${token}`,
    `${bare}`,
    `${bare}?x${name}=${token}`,
  ];
}

function titleOf(page: string): string {
  return /<h1[^>]*>([^<]*)/.exec(page)?.[1] ?? "";
}
