// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailbox that mails come back to: each is taken in, and moved away only when that has been done for good.
import { ImapFlow } from "imapflow";
import { readAtMost } from "./open-mail.ts";

/** Where mails go that were taken in, and those that nothing could be made of: for a person to look at. */
export const folders = { handled: "Handled", unreadable: "To look at" } as const;

export interface MailboxReport {
  handled: number;
  unreadable: number;
  /** Trouble with single mails; they stay where they are for the next time. */
  failed: unknown[];
}

/** At once; the others have their turn the next minute. */
const atMost = 1_000;
const answerWithinMs = 30_000;

/**
 * Takes in what lies there. `take` says where a mail belongs once its effect is kept; what it throws leaves the mail where it is.
 * Ended in between, a mail is taken in once more: `take` has to know it again. Throws when the mailbox does not answer.
 */
export async function readMailbox(
  url: string,
  take: (raw: Buffer) => Promise<keyof typeof folders>,
): Promise<MailboxReport> {
  const { client, mailbox } = openClient(url);
  const report: MailboxReport = { handled: 0, unreadable: 0, failed: [] };
  // What breaks later than the call that waits for it is told by that call.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.mailboxOpen(mailbox);
    const uids = (await client.search({ all: true, deleted: false }, { uid: true })) || [];
    if (uids.length > 0) for (const folder of Object.values(folders)) await client.mailboxCreate(folder);
    for (const uid of uids.slice(0, atMost)) await takeOne(client, uid, take, report);
  } finally {
    await client.logout().catch(() => client.close());
  }
  return report;
}

/** How many mails wait there. Throws when it does not answer or does not let us in. */
export async function checkMailbox(url: string): Promise<number> {
  const { client, mailbox } = openClient(url);
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.mailboxOpen(mailbox, { readOnly: true })).exists;
  } finally {
    await client.logout().catch(() => client.close());
  }
}

async function takeOne(
  client: ImapFlow,
  uid: number,
  take: (raw: Buffer) => Promise<keyof typeof folders>,
  report: MailboxReport,
): Promise<void> {
  const source = { start: 0, maxLength: readAtMost };
  const found = await client.fetchOne(String(uid), { source }, { uid: true });
  const raw = found ? found.source : undefined;
  // Another worker was faster.
  if (!raw) return;
  const belongs = await take(raw).catch((error: unknown) => {
    report.failed.push(error);
    return undefined;
  });
  if (belongs === undefined) return;
  await client.messageMove([uid], folders[belongs], { uid: true });
  report[belongs] += 1;
}

function openClient(url: string): { client: ImapFlow; mailbox: string } {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const secure = protocol === "imaps:";
  const host = hostname.replace(/^\[|\]$/g, "");
  const client = new ImapFlow({
    ...{ host, port: Number(port) || (secure ? 993 : 143), secure },
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: answerWithinMs,
    greetingTimeout: answerWithinMs,
    socketTimeout: 2 * answerWithinMs,
  });
  return { client, mailbox: decodeURIComponent(pathname.slice(1)) || "INBOX" };
}
