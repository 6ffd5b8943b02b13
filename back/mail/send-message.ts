// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sends one stored message: handed over in one transaction, sent outside any, its outcome kept in another.
import { setTimeout as pause } from "node:timers/promises";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Actor } from "../data/actor.ts";
import type { Database, Work } from "../data/database.ts";
import { SignedLink } from "../data/links/signed-link.ts";
import { isForNobody } from "../data/mailings/address-trouble.ts";
import { findMessage, Message } from "../data/mailings/message.ts";
import { type Letterhead, messageIdOf, type Rendered, render } from "./render.ts";
import type { Delivery, Smtp } from "./smtp.ts";

const worker: Actor = { kind: "worker" };
// A link lives for 10 minutes; later it would only confuse.
const loginLinkMinutes = 10;
const keepTries = 5;

export interface PostOffice extends Letterhead {
  database: Database;
  smtp: Smtp;
}

/** Sends it if it still waits. False: not now, try again later. Carrying it out twice sends it once. */
export async function sendMessage(office: PostOffice, messageId: number): Promise<boolean> {
  const rendered = await office.database.transaction(worker, (work) => handOver(office, work, messageId));
  if (typeof rendered === "string") return rendered === "settled";
  const delivery = await office.smtp.send(rendered.mail);
  await keepOutcome(office.database, messageId, delivery, rendered);
  return delivery.outcome !== "later";
}

async function handOver(
  office: PostOffice,
  work: Work,
  messageId: number,
): Promise<Rendered | "settled" | "under way"> {
  const message = await findMessage(work, messageId);
  if (!message) return "settled";
  if (message.isUnderWay(work)) return "under way";
  // Handed over long ago, and no outcome: whoever sent it was killed meanwhile, and only the mail server knows.
  if (message.state === "handed-over") message.doubt("the worker ended while sending");
  if (message.state !== "queued") return "settled";
  const rendered = render(office, message, await linkOf(office, work, message));
  const reason = await whyNot(work, message);
  if (reason !== undefined) {
    message.refuse(reason, rendered.kept);
    return "settled";
  }
  message.handOver(work, messageIdOf(message, office.organisation));
  return rendered;
}

/** It makes no sense any more. */
async function whyNot(work: Work, message: Message): Promise<string | undefined> {
  if (message.isErased()) return "erased";
  if (isTooLate(work, message)) return "too late";
  return (await isForNobody(work, message)) ? "address-dead" : undefined;
}

async function linkOf({ frontUrl, linkSecret }: PostOffice, work: Work, message: Message): Promise<string | null> {
  if (message.linkId === null) return null;
  return linkAddress(await work.get(SignedLink, message.linkId), frontUrl, linkSecret);
}

/** The address of the page that shows what a signed link does. */
export function linkAddress(link: SignedLink, frontUrl: string, linkSecret: string): string {
  return `${frontUrl}/command/${link.command}?link=${link.token(linkSecret)}`;
}

function isTooLate(work: Work, { mail, queuedAt }: Message): boolean {
  return (
    mail === "login-link" && Temporal.Duration.compare(work.now.since(queuedAt), { minutes: loginLinkMinutes }) > 0
  );
}

// The mail server has answered, and only we know: a database that is just starting again is waited for.
async function keepOutcome(
  database: Database,
  messageId: number,
  delivery: Delivery,
  { kept }: Rendered,
): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      return await database.transaction(worker, (work) => settle(work, messageId, delivery, kept));
    } catch (error) {
      if (tries === keepTries) throw error;
      await pause(1_000);
    }
}

async function settle(work: Work, messageId: number, delivery: Delivery, kept: Rendered["kept"]): Promise<void> {
  const message = await work.get(Message, messageId, "lock");
  // Doubted meanwhile by another worker: what the mail server said counts.
  if (message.state !== "handed-over" && message.state !== "unknown") return;
  if (delivery.outcome === "accepted") message.accept(work, kept);
  if (delivery.outcome === "refused") message.refuse(delivery.reason, kept);
  if (delivery.outcome === "later") message.putBack(delivery.reason);
  if (delivery.outcome === "unknown") message.doubt(delivery.reason);
}
