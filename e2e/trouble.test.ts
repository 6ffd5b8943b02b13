// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Programs killed and PostgreSQL stopped while money comes in: nothing lost, nothing doubled, healed without hands.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { type System, startSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

const system = await startSystem();
after(() => system.stop());

/** The process below the system's own whose command line ends like this. */
function processOf(within: System, command: RegExp): number | undefined {
  const children = new Map<number, number[]>();
  const commands = new Map<number, string>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]?.split(" ")[1]);
      commands.set(Number(name), readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim());
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended while we looked.
    }
  }
  const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(within.process.pid ?? 0).find((pid) => command.test(commands.get(pid) ?? ""));
}

async function untilItGoes(what: string, attempt: () => Promise<Response>): Promise<Response> {
  return waitUntil(
    what,
    () =>
      attempt().then(
        (response) => response.status < 500 && response,
        () => undefined,
      ),
    40_000,
  );
}

const form = (fields: Record<string, string>) => ({
  method: "POST",
  body: new URLSearchParams(fields),
  headers: { origin: system.front },
  redirect: "manual" as const,
});

/** A donor who tries again when a page fails, with the same form; and pays once. */
async function give(n: number): Promise<string> {
  const email = `donor${n}@example.com`;
  const fields = {
    key: crypto.randomUUID(),
    interval: "once",
    amount: "25",
    name: `Donor ${n}`,
    email,
    method: "card",
    referrer: "",
  };
  const made = await untilItGoes("a pledge", () => fetch(`${system.front}/donate`, form(fields)));
  assert.equal(made.status, 303);
  const paid = await fetch(
    made.headers.get("location") ?? "",
    form({ action: "pay", by: "card", card: "4242424242424242", name: `Donor ${n}`, email }),
  );
  assert.equal(paid.status, 303);
  return email;
}

async function assertBookedOnce(emails: string[]): Promise<void> {
  for (const email of emails) {
    await waitUntil(
      `the donation of ${email}`,
      async () => {
        const { code, out } = await system.cdb("people", "show", email, "--json");
        return code === 0 && JSON.parse(out).donations.length > 0;
      },
      60_000,
    );
    await waitUntil(`thanks for ${email}, or the worker knowing that they are due`, () => isThanked(email));
    const { out } = await system.cdb("people", "show", email, "--json");
    const { donations, pledges } = JSON.parse(out);
    assert.equal(donations.length, 1, email);
    assert.equal(pledges.length, 1, email);
    assert.ok((await thanksFor(email)) <= 1, email);
  }
}

async function thanksFor(email: string): Promise<number> {
  return (await system.mails(email)).filter(({ subject }) => /thank/i.test(subject)).length;
}

// What a killed worker had in hand is taken up again minutes later, or is listed for a person to decide: it is never lost.
async function isThanked(email: string): Promise<boolean> {
  if ((await thanksFor(email)) === 1) return true;
  const { code, out } = await system.cdb("mail", "queue", "--json");
  const waiting: { recipient: string; mail: string }[] = code === 0 ? JSON.parse(out).messages : [];
  return waiting.some(({ recipient, mail }) => recipient === email && mail === "thank-you");
}

for (const [at, [what, command]] of [
  ["back", /back\/main\.ts$/],
  ["front", /front\/main\.ts$/],
  ["the worker", /back\/worker\.ts$/],
  ["PostgreSQL", /postgres .*-D/],
].entries() as ArrayIterator<[number, [string, RegExp]]>)
  test(`${what} is killed while people pay: every payment is booked once`, async () => {
    const first = 100 * at;
    const giving = Promise.all(Array.from({ length: 6 }, (_, n) => give(first + n)));
    const pid = await waitUntil(`the process of ${what}`, () => processOf(system, command));
    process.kill(pid, "SIGKILL");
    await assertBookedOnce(await giving);
  });

test("the site says plainly that it cannot work while PostgreSQL is away, and works again by itself", async () => {
  const postmaster = await waitUntil("the database's process", () => processOf(system, /postgres .*-D/));
  process.kill(postmaster, "SIGINT");
  const page = await waitUntil("a page that says so", async () => {
    const response = await fetch(`${system.front}/transfer/EX10014`);
    return response.status === 503 && response;
  });
  assert.match(await page.text(), /not possible at the moment/i);
  await untilItGoes("the site working again", () => fetch(`${system.front}/payonline/EX99999`));
});
