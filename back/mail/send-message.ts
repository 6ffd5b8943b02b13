// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sends one stored message: handed over in one transaction, sent outside any, its outcome kept in another.
import { Temporal } from "@cdb/runtime/time.ts";
import type { Actor } from "../data/actor.ts";
import type { Database, Work } from "../data/database.ts";
import { SignedLink } from "../data/links/signed-link.ts";
import { Message } from "../data/mailings/message.ts";
import { type Letterhead, messageIdOf, type Rendered, render } from "./render.ts";
import type { Delivery, Smtp } from "./smtp.ts";

const worker: Actor = { kind: "worker" };
const loginLinkMinutes = 15;

export interface PostOffice extends Letterhead {
  database: Database;
  smtp: Smtp;
  linkSecret: string;
}

/** Sends it if it still waits. False: the mail server did not take it, try again later. Carrying it out twice sends it once. */
export async function sendMessage(office: PostOffice, messageId: number): Promise<boolean> {
  const rendered = await office.database.transaction(worker, (work) => handOver(office, work, messageId));
  if (!rendered) return true;
  const delivery = await office.smtp.send(rendered.mail);
  await office.database.transaction(worker, (work) => keepOutcome(work, messageId, delivery, rendered));
  return delivery.outcome !== "later";
}

async function handOver(office: PostOffice, work: Work, messageId: number): Promise<Rendered | undefined> {
  const message = await work.get(Message, messageId, "lock").catch(() => undefined);
  if (!message) return undefined;
  // Handed over before, and no outcome: whoever sent it was killed meanwhile, and only the mail server knows.
  if (message.state === "handed-over") message.doubt("the worker ended while sending");
  if (message.state !== "queued") return undefined;
  const rendered = render(office, message, await linkOf(office, work, message));
  if (message.mail === "login-link" && isOld(work, message)) {
    message.refuse("too late", rendered.kept.subject, rendered.kept.body);
    return undefined;
  }
  message.handOver(messageIdOf(message, office.organisation));
  return rendered;
}

async function linkOf({ frontUrl, linkSecret }: PostOffice, work: Work, message: Message): Promise<string | null> {
  if (message.linkId === null) return null;
  const link = await work.get(SignedLink, message.linkId);
  return `${frontUrl}/command/${link.command}?link=${link.token(linkSecret)}`;
}

function isOld(work: Work, message: Message): boolean {
  return Temporal.Duration.compare(work.now.since(message.queuedAt), { minutes: loginLinkMinutes }) > 0;
}

async function keepOutcome(work: Work, messageId: number, delivery: Delivery, { kept }: Rendered): Promise<void> {
  const message = await work.get(Message, messageId, "lock");
  if (message.state !== "handed-over") return;
  if (delivery.outcome === "accepted") message.accept(work, kept.subject, kept.body);
  if (delivery.outcome === "refused") message.refuse(delivery.reason, kept.subject, kept.body);
  if (delivery.outcome === "later") message.putBack(delivery.reason);
  if (delivery.outcome === "unknown") message.doubt(delivery.reason);
}
