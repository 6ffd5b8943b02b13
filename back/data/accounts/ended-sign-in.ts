// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Telling people that auth ended a sign-in because somebody used what only one may use.
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { getByUuid } from "../people/find-people.ts";
import { minuteOf } from "./login-link.ts";

/** At most once an hour; nothing for somebody who may not sign in. Throws NotFound. */
export async function queueEndedSignIn(
  work: Work,
  { uuid, service }: { uuid: string; service: string },
): Promise<void> {
  const person = await getByUuid(work, uuid);
  if (!person.isActive() || !person.email) return;
  if (await wasWrittenTo(work, person.email, "sign-in-ended", Temporal.Duration.from({ hours: 1 }))) return;
  const fields = { name: person.name, service, time: minuteOf(work) };
  await queueMessage(work, { mail: "sign-in-ended", person, fields });
}
