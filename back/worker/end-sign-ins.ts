// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Has auth end what a person is signed in by. Told twice, or late, it ends nothing that began since.
import type { Client } from "@cdb/api/client.ts";
import { endSignIns } from "@cdb/api/sign-ins.ts";

export interface SignInsToEnd {
  uuid: string;
  at: string;
  forget?: boolean;
  mergedInto?: string;
}

/** Throws ProblemError while auth does not answer. */
export async function endAtAuth(auth: Client, task: SignInsToEnd): Promise<void> {
  const { uuid, at, forget = false, mergedInto } = task;
  const body = { uuid, at: new Date(at).toISOString(), forget, ...(mergedInto && { mergedInto }) };
  await auth.call(endSignIns, { body });
}
