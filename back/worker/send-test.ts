// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sends the test of a mailing to whoever asked for it.
import type { Actor } from "../data/actor.ts";
import type { Work } from "../data/database.ts";
import { Mailing } from "../data/mailings/mailing.ts";
import { Person } from "../data/people/person.ts";
import { previewMailing, testMail } from "../mail/mailing-preview.ts";
import type { Mail } from "../mail/render.ts";
import type { PostOffice } from "../mail/send-message.ts";

const worker: Actor = { kind: "worker" };

export interface TestToSend {
  mailingId: number;
  personId: number;
  language: string;
}

/** False: not now, try again later. */
export async function sendTest(office: PostOffice, task: TestToSend): Promise<boolean> {
  const mail = await office.database.read(worker, (work) => makeTest(work, office, task));
  return mail === undefined || (await office.smtp.send(mail)).outcome !== "later";
}

// They may have left meanwhile, or the text may be gone.
async function makeTest(work: Work, office: PostOffice, task: TestToSend): Promise<Mail | undefined> {
  const [mailing, person] = [await work.get(Mailing, task.mailingId), await work.get(Person, task.personId)];
  if (!person.isActive() || person.email === null) return undefined;
  return testMail(await previewMailing(work, office, mailing, { person, language: task.language }), person.email);
}
