// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb keys list|rotate`: the keys that auth signs tokens with.
import { listKeys, rotateKeys } from "@cdb/api/keys.ts";
import type { Answer as Told } from "@cdb/api/operation.ts";
import type { Command } from "commander";
import { type Answer, answering, examples, table } from "./answer.ts";
import type { Desk } from "./desk.ts";

export function offerKeys(program: Command, desk: Desk): void {
  const keys = program.command("keys").description("See and rotate the keys that auth signs tokens with");
  keys
    .command("list")
    .description("List the keys: next to sign, signing, and published for what they signed")
    .addHelpText("after", examples("keys list"))
    .action(answering(async () => present(await (await desk.auth()).auth.call(listKeys))));
  keys
    .command("rotate")
    .description("Let the next keys sign; nobody is signed out, and what is out stays valid")
    .option("--leaked", "somebody else has the keys: new ones at once, what the old ones signed counts no more", false)
    .addHelpText("after", examples("keys rotate", "keys rotate --leaked"))
    .action(answering(({ leaked }: { leaked: boolean }) => rotate(desk, leaked)));
}

async function rotate(desk: Desk, leaked: boolean): Promise<Answer> {
  const { auth, by } = await desk.auth();
  return present(await auth.call(rotateKeys, { query: { by }, body: { leaked } }));
}

function present({ keys }: Told<typeof listKeys>): Answer {
  const minute = (at: string | null) => at && `${at.slice(0, 16).replace("T", " ")} UTC`;
  const rows = keys.map((key) => [
    ...[key.kid, key.algorithm, key.state, minute(key.createdAt), minute(key.activatedAt), minute(key.retiredAt)],
  ]);
  return { json: { keys }, text: table(["id", "algorithm", "state", "made", "signs since", "signed until"], rows) };
}
