// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The only code that speaks SMTP: hands one mail to one recipient over and says what became of it.
import { Readable } from "node:stream";
import { createTransport } from "nodemailer";
import MailComposer from "nodemailer/lib/mail-composer/index.js";
import type { Mail } from "./render.ts";

export type Delivery =
  | { outcome: "accepted" }
  /** For good: the mail server will not take it. */
  | { outcome: "refused"; reason: string }
  /** Certainly not taken; worth another try. */
  | { outcome: "later"; reason: string }
  /** The connection broke after the text was under way. */
  | { outcome: "unknown"; reason: string };

export interface Smtp {
  send(mail: Mail): Promise<Delivery>;
  /** Throws when the mail server does not answer. */
  check(): Promise<void>;
  close(): void;
}

/** `url` is like `smtp://user:password@mail.example.org:587` or `smtps://…`. Nothing is connected before the first mail. */
export function openSmtp(url: string): Smtp {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 10,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as Parameters<typeof createTransport>[0]);
  return {
    async send(mail) {
      const headers = { "Auto-Submitted": "auto-generated" };
      const text = await new MailComposer({ ...mail, replyTo: mail.replyTo ?? "", headers }).compile().build();
      // Read only once the server has agreed to take the text: from then on a broken connection leaves its fate unknown.
      let underWay = false;
      const raw = Readable.from(
        (function* () {
          underWay = true;
          yield text;
        })(),
      );
      try {
        await transport.sendMail({ envelope: { from: mail.from.address, to: mail.to }, raw });
        return { outcome: "accepted" };
      } catch (error) {
        return readTrouble(error, underWay);
      }
    },
    check: async () => void (await transport.verify()),
    close: () => transport.close(),
  };
}

// Servers quote addresses in their answers: only the code and the enhanced status (RFC 3463) are kept.
function readTrouble(error: unknown, underWay: boolean): Delivery {
  const {
    code = "",
    responseCode,
    response = "",
  } = error as { code?: string; responseCode?: number; response?: string };
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  const reason = [responseCode, enhanced, code].filter(Boolean).join(" ") || "unknown trouble";
  if (responseCode === undefined) return { outcome: underWay ? "unknown" : "later", reason };
  const forGood = responseCode >= 500 && responseCode < 600 && code !== "EAUTH";
  return { outcome: forGood ? "refused" : "later", reason };
}
