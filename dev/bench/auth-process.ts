// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The auth of the bench, without what a password check costs: on PostgreSQL, or (STATE=memory) on the library's own in-memory store.
import { openDatabase } from "@cdb/auth/database.ts";
import { PasswordSignIn } from "@cdb/auth/login/password.ts";
import { openAuth } from "@cdb/auth/open.ts";
import { Store } from "@cdb/auth/store.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { listen } from "@cdb/runtime/serve.ts";
import type { Adapter } from "oidc-provider";

const { DATABASE_URL = "", BACK_URL = "", AUTH_URL = "", AUTH_PORT = "", ACCOUNT = "", STATE } = process.env;
const secrets = { FRONT_CLIENT_SECRET: "benchsecretbenchsecret", BACK_CLIENT_SECRET: "benchsecretbenchsecret" };

PasswordSignIn.prototype.check = async () => ({ outcome: "right", account: ACCOUNT });
if (STATE === "memory") await keepInMemory();

const pool = await openDatabase(DATABASE_URL);
const ORGANISATION = "organisations/example";
const refuse = () => Promise.reject(new Error("no password is checked here"));
const auth = await openAuth(
  {
    AUTH_URL,
    AUTH_PROXIES: 0,
    AUTH_SECRET: "a secret for the bench only",
    AUTH_KEY_DAYS: 90,
    AUTH_SESSION_IDLE_HOURS: 2,
    AUTH_SESSION_DAYS: 14,
    ...secrets,
    BACK_URL,
    FRONT_URL: "https://front.example.org",
    ORGANISATION,
  },
  {
    organisation: readOrganisation(ORGANISATION),
    pool,
    directory: { checkPassword: refuse, changePassword: refuse, setPassword: refuse },
    log: openLog("auth", "warn"),
  },
);
await listen(auth.app.fetch, Number(AUTH_PORT));
process.on("message", async () => {
  process.send?.({ purged: await auth.store.purge() });
});
process.send?.({ ready: true });
process.once("SIGTERM", () => process.exit(0));
process.once("disconnect", () => process.exit(0));

/** Clients stay where they are; the library's own store knows none. */
async function keepInMemory(): Promise<void> {
  const file = new URL("../../node_modules/oidc-provider/lib/adapters/memory_adapter.js", import.meta.url);
  const { default: MemoryAdapter } = (await import(file.href)) as { default: new (model: string) => Adapter };
  const inDatabase = Store.prototype.adapterFor;
  Store.prototype.adapterFor = function (model) {
    return model === "Client" ? inDatabase.call(this, model) : new MemoryAdapter(model);
  };
}
