// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The resource server: reads its settings, opens the database, serves the API.
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { runProgram } from "@cdb/runtime/program.ts";
import { listen, listenPrivately } from "@cdb/runtime/serve.ts";
import { server } from "./config.ts";
import { Database } from "./data/database.ts";
import { Access } from "./server/access.ts";
import { buildApp } from "./server/app.ts";

await runProgram("back", server, async (config, log) => {
  const database = new Database(config.DATABASE_URL, readOrganisation(config.ORGANISATION), { program: "back" });
  const secrets = { links: config.LINK_SECRET, commands: config.CMD_PASSPHRASE };
  const app = buildApp(
    database,
    new Access(config.AUTH_URL),
    secrets,
    { back: config.BACK_URL, issuer: config.AUTH_URL, front: config.FRONT_URL },
    log,
  );
  const listening = await listen(app.fetch, config.BACK_PORT);
  const health = await listenPrivately({ postgresql: () => database.check() }, config.BACK_HEALTH_PORT);
  return {
    stop: async () => {
      await Promise.all([listening.stop(), health.stop()]);
      await database.close();
    },
  };
});
