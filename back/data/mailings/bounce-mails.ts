// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The mails that follow from mails that came back: to a person's other address, and to our own desk.
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { prepareLink } from "../links/signed-link.ts";
import { asciiAddress } from "../people/email-spelling.ts";
import type { Person } from "../people/person.ts";
import { isForNobody } from "./address-trouble.ts";
import { queueMessage, wasWrittenTo } from "./message.ts";

const answerWithinDays = 30;
const aDay = Temporal.Duration.from({ hours: 20 });
const anHour = Temporal.Duration.from({ hours: 1 });

/** One of their addresses has fallen silent: is the other one to take its place? One click there does it. */
export async function askElsewhere(work: Work, person: Person, silent: string): Promise<void> {
  const { email, secondaryEmail } = person;
  if (email?.toLowerCase() !== silent || secondaryEmail === null) return;
  if (await isForNobody(work, { mail: "address-silent", recipient: secondaryEmail })) return;
  const details = { oldEmail: email, newEmail: secondaryEmail };
  const link = await prepareLink(work, person, "change-email", answerWithinDays, details);
  await queueMessage(work, {
    mail: "address-silent",
    person,
    recipient: { email: secondaryEmail, language: person.language },
    fields: { name: person.name, email },
    linkId: link.id,
  });
}

/** Somebody who is signed in says that their address works again: a mail there proves it. At most one an hour. */
export async function checkAddress(work: Work, person: Person, which: "primary" | "secondary"): Promise<void> {
  const email = which === "primary" ? person.email : person.secondaryEmail;
  if (email === null || (await wasWrittenTo(work, email, "check-address", anHour))) return;
  const link = await prepareLink(work, person, "check-address", 1);
  const recipient = { email, language: person.language };
  await queueMessage(work, {
    mail: "check-address",
    person,
    recipient,
    fields: { name: person.name },
    linkId: link.id,
  });
}

/** Mail servers refuse us, not the people: somebody has to look. At most once a day. */
export async function tellSenderTrouble(work: Work): Promise<void> {
  const desk = work.organisation.contact.email;
  if (await wasWrittenTo(work, desk, "sender-trouble", aDay)) return;
  const { rows } = await sql<{ domain: string; reason: string; count: number }>`
    select split_part(address, '@', 2) as domain, reason || case when status = '' then '' else ' ' || status end as reason,
      count(*)::int as count from bounce where kind = 'sender-trouble' and came_at > ${work.now}::timestamptz - interval '1 day'
    group by 1, 2 order by 3 desc limit 20`.execute(work.query);
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const lines = rows.map((row) => `${asciiAddress(row.domain) || "?"}: ${row.reason} (${row.count})`);
  const recipient = { email: desk, language: "en" };
  await queueMessage(work, {
    mail: "sender-trouble",
    recipient,
    fields: { count: String(count), troubles: lines.join("; ") },
  });
}
