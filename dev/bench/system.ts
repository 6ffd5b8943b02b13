// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Measures front and auth within the whole running system: pages, whole sign-ins, and what each program keeps in memory.
import { readdirSync, readFileSync } from "node:fs";
import { Browser } from "@cdb/auth/test/browser.ts";
import { type System, startSystem } from "../../e2e/system.ts";
import { cpuPerOperation, residentMb, type Subject } from "./measure.ts";
import { measureNotices } from "./notices.ts";
import type { Row } from "./table.ts";

export async function measureSystem(): Promise<Row[]> {
  const system = await startSystem();
  try {
    const [front, auth] = [subject(system, "front/main.ts"), subject(system, "auth/main.ts")];
    const page = await cpuPerOperation(front, 1_000, () => get(`${system.front}/donate`));
    const signIn = await cpuPerOperation(auth, 60, () => signInWhole(system), 2);
    const notices = await measureNotices(system, { perSecond: 200, seconds: 60 });
    return [
      ...notices,
      { what: "a page for guests (/donate)", ours: page, goal: "≤ 2 ms", memoryMb: residentMb(front.pid) },
      { what: "a whole sign-in, in auth", ours: signIn, goal: "≤ 15 ms", memoryMb: residentMb(auth.pid) },
      {
        what: "the worker, after the example people's mails",
        ours: "",
        goal: "",
        memoryMb: residentMb(subject(system, "back/worker.ts").pid),
      },
    ];
  } finally {
    await system.stop();
  }
}

async function get(url: string): Promise<void> {
  const response = await fetch(url);
  await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
}

/** From the site's button to the first page with the person's data. */
async function signInWhole(system: System): Promise<void> {
  const [site, provider] = [new Browser(system.front), new Browser(system.auth)];
  const form = await provider.open((await site.open(`${system.front}/sign-in`)).url);
  const back = await provider.submit(form, { identifier: "ada", password: "analytical engine" });
  const first = await site.open(back.url);
  if (first.status !== 200 || !first.text.includes("Ada Example"))
    throw new Error(`signing in ended at ${new URL(first.url).pathname} with ${first.status}`);
}

function subject(system: System, file: string): Subject {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1];
      if (Number(parent) === system.process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(file))
        return { pid: Number(pid), ask: async () => undefined, stop: async () => {} };
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error(`${file} does not run`);
}
