// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The OpenID Connect Provider: reads its settings, opens what it needs, and serves.
import { openDirectory } from "@cdb/directory/directory.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { runProgram } from "@cdb/runtime/program.ts";
import { listen, listenPrivately } from "@cdb/runtime/serve.ts";
import { settings } from "./config.ts";
import { openDatabase } from "./database.ts";
import { openAuth } from "./open.ts";

await runProgram("auth", settings, async (config, log) => {
  const organisation = readOrganisation(config.ORGANISATION);
  const pool = await openDatabase(config.AUTH_DATABASE_URL);
  const directory = openDirectory({
    url: config.LDAP_URL,
    baseDn: config.LDAP_BASE_DN,
    bindDn: config.LDAP_BIND_DN,
    bindPassword: config.LDAP_BIND_PASSWORD,
    ...(config.LDAP_CA_FILE ? { caFile: config.LDAP_CA_FILE } : {}),
    ...(config.LDAP_REHASH_BEFORE ? { rehashBefore: new Date(config.LDAP_REHASH_BEFORE) } : {}),
  });
  const auth = await openAuth(config, { organisation, pool, directory, log });
  const listening = await listen(auth.app.fetch, config.AUTH_PORT);
  const health = await listenPrivately(
    {
      postgresql: async () => {
        await pool.query("select");
      },
      directory: async () => {
        const answer = await directory.check();
        if (!answer.ok) throw new Error(answer.problem);
      },
    },
    config.AUTH_HEALTH_PORT,
  );
  return {
    stop: async () => {
      await Promise.all([listening.stop(), health.stop()]);
      await auth.stop();
      directory.close();
      await pool.end();
    },
  };
});
