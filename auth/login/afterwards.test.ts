// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Work after an answer is done once, whatever became of the answer.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { openLog } from "@cdb/runtime/log.ts";
import { Afterwards } from "./afterwards.ts";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());

async function answerOf(asking: ReturnType<typeof get>): Promise<ServerResponse> {
  asking.on("error", () => {});
  const [, answer] = await once(server, "request");
  return answer;
}

function ask(): ReturnType<typeof get> {
  return get({ port: (server.address() as AddressInfo).port });
}

test("work begins when the answer was sent", async () => {
  const afterwards = new Afterwards(openLog("auth", "silent"));
  const asking = ask();
  const answer = await answerOf(asking);
  const begun = Promise.withResolvers<boolean>();
  afterwards.run(answer, async () => begun.resolve(answer.writableFinished));
  answer.end("yes");
  assert.equal(await begun.promise, true);
  await afterwards.finished();
});

test("a visitor who hung up before holds up nothing", { timeout: 5_000 }, async () => {
  const afterwards = new Afterwards(openLog("auth", "silent"));
  const asking = ask();
  const answer = await answerOf(asking);
  asking.destroy();
  await once(answer, "close");
  let isDone = false;
  afterwards.run(answer, async () => {
    isDone = true;
  });
  await afterwards.finished();
  assert.equal(isDone, true);
});
