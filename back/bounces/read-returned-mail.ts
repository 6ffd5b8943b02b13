// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// From a mail that came back to our words: what it means, why, and which mail of ours it is about.
import { createHash } from "node:crypto";
import { readMailingMessageId } from "../mail/message-id.ts";
import { type Returned, readReturnPath } from "../mail/return-path.ts";
import { headersIn, type OpenedMail, openMail } from "./open-mail.ts";
import { beforeOriginal, isAutoReply, isPlainBounce, isPlainDelay, recipientIn } from "./plain-words.ts";
import { readDeliveryReport, readFeedbackReport } from "./reports.ts";
import { judge, type Reason, statusIn } from "./verdict.ts";

export type ReturnedKind = "hard" | "soft" | "sender-trouble" | "delayed" | "auto-reply" | "complaint" | "unreadable";

export interface ReturnedMail {
  /** The same for every copy of it. */
  key: string;
  kind: ReturnedKind;
  /** Enhanced status (RFC 3463); empty: it told none. */
  status: string;
  reason: Reason | "";
  /** Which mail of ours it is about, where that is certain: by an address or a name that only we can have made. */
  whose: Returned | undefined;
  /** The Message-ID of the mail that it gives back, for us to look for among ours. */
  originalId: string;
  /** Whom the mail server calls the recipient, in small letters; empty: nobody. */
  recipient: string;
}

type Meaning = Pick<ReturnedMail, "kind" | "status" | "reason" | "recipient">;

/** Never throws, whatever the bytes are. `envelopeTo`: to whom it was delivered, where the mail server told us beside the mail. */
export async function readReturnedMail(raw: Buffer, secret: string, envelopeTo = ""): Promise<ReturnedMail> {
  const mail = await openMail(raw);
  const meaning = meaningOf(mail);
  const originalId = originalIdOf(mail);
  const whose = findWhose(mail, `${envelopeTo}\n${originalId}`, secret);
  return { key: keyOf(raw, mail, whose), ...meaning, whose, originalId };
}

function meaningOf(mail: OpenedMail): Meaning {
  const nothing = { status: "", reason: "", recipient: "" } as const;
  const complaint = readFeedbackReport(mail);
  if (complaint?.type === "not-spam") return { ...nothing, kind: "auto-reply" };
  if (complaint) return { ...nothing, kind: "complaint", recipient: complaint.recipient };
  const report = readDeliveryReport(mail);
  if (report?.action === "failed") {
    const { recipient } = report;
    // Some programs put what the other mail server said into the text alone.
    const words = report.words || beforeOriginal(mail.text);
    return { ...judge(report.status, words), recipient };
  }
  if (report) return { ...nothing, kind: "delayed", status: statusIn(report.status), recipient: report.recipient };
  if (isPlainBounce(mail)) return plainMeaning(mail);
  return { ...nothing, kind: isAutoReply(mail) ? "auto-reply" : "unreadable" };
}

function plainMeaning(mail: OpenedMail): Meaning {
  const recipient = recipientIn(mail);
  if (isPlainDelay(mail)) return { kind: "delayed", status: "", reason: "", recipient };
  return { ...judge("", beforeOriginal(mail.text)), recipient };
}

const addressesAtMost = 200;

/** What is signed by us is true wherever it stands, and what is not is nothing. */
function findWhose({ headers, text, parts }: OpenedMail, beside: string, secret: string): Returned | undefined {
  const places = [beside, ...[...headers.values()].flat(), ...parts.map(({ content }) => content), text].join("\n");
  for (const [address] of takeSome(places.matchAll(/\+(?:m\d{1,9}-\d{1,10}|t\d{1,15})-[0-9a-f]{20}@/gi))) {
    const whose = readReturnPath(address, secret);
    if (whose) return whose;
  }
  for (const [id] of takeSome(places.matchAll(/<cdb-m\d{1,9}-\d{1,10}-[0-9a-f]{20}@/gi))) {
    const mail = readMailingMessageId(id, secret);
    if (mail) return { kind: "mailing", ...mail };
  }
  return undefined;
}

function takeSome<T>(found: IteratorObject<T>): IteratorObject<T> {
  return found.take(addressesAtMost);
}

function originalIdOf({ headers, parts, text }: OpenedMail): string {
  const original = parts.find(({ type }) =>
    /^(message\/(rfc822|global)|text\/rfc822-headers|message\/rfc822-headers)$/.test(type),
  );
  const quoted = original && headersIn(original.content.trimStart()).get("message-id")?.[0];
  const told =
    quoted ?? /^[ >]*Message-ID: *(<[!-;=?-~]{1,300}>)/im.exec(text)?.[1] ?? headers.get("in-reply-to")?.[0] ?? "";
  return /^<[!-;=?-~]{1,300}>/.exec(told)?.[0] ?? "";
}

// A mail that is delivered twice keeps its Message-ID, though not every header; without one its bytes tell.
function keyOf(raw: Buffer, { headers }: OpenedMail, whose: Returned | undefined): string {
  const id = headers.get("message-id")?.[0] ?? "";
  const hash = createHash("sha256");
  return (id === "" ? hash.update(raw) : hash.update(`${id} ${JSON.stringify(whose ?? null)}`)).digest("hex");
}
