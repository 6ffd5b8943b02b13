// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The only code that speaks SMTP: hands one mail to one recipient over and says what became of it.
import type { Readable } from "node:stream";
import { createTransport, type SendMailOptions } from "nodemailer";
import DKIM from "nodemailer/lib/dkim/index.js";
import type { Dkim } from "./dkim.ts";
import { type ComposedMail, composedOf, recipientOf } from "./mime.ts";
import type { Mail } from "./render.ts";

export type Delivery =
  | { outcome: "accepted" }
  /** For good: the mail server will not take it. */
  | { outcome: "refused"; reason: string }
  /** Certainly not taken; worth another try. `about`: the trouble is with this mail, or with the mail server as a whole. */
  | { outcome: "later"; reason: string; about: "mail" | "server" }
  /** The connection broke after the text was under way. */
  | { outcome: "unknown"; reason: string };

export interface Smtp {
  send(mail: Mail | ComposedMail): Promise<Delivery>;
  /** Throws when the mail server does not answer. */
  check(): Promise<void>;
  close(): void;
}

/** `url` is like `smtp://user:password@mail.example.org:587` or `smtps://…`. Nothing is connected before the first mail. `dkim`: signs each, where no relay does. */
export function openSmtp(url: string, connections = 10, dkim?: Dkim): Smtp {
  const signer = dkim && new DKIM({ domainName: dkim.domain, keySelector: dkim.selector, privateKey: dkim.key });
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    // A server may close a connection after so many; a new one costs little.
    maxMessages: 1_000,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as Parameters<typeof createTransport>[0]);
  // Whether the server began to take the text: from then on a broken connection leaves its fate unknown.
  transport.use("stream", (mail, next) => {
    mail.message.processFunc((plain: Readable) => {
      // Here, for signing reads all of it long before the server does.
      const text = signer ? signer.sign(plain) : plain;
      (mail.data as Outgoing).texts.push(text);
      return text;
    });
    next();
  });
  return {
    async send(mail) {
      const texts: Readable[] = [];
      try {
        const envelope = { from: mail.returnPath ?? mail.from.address, to: [recipientOf(mail)] as never };
        const { messageId } = mail;
        const outgoing: Outgoing = {
          ...("raw" in mail ? { raw: mail.raw, messageId } : composedOf(mail)),
          ...{ envelope, texts },
        };
        await transport.sendMail(outgoing);
        return { outcome: "accepted" };
      } catch (error) {
        return readTrouble(
          error,
          texts.some((text) => text.readableDidRead),
        );
      }
    },
    check: async () => void (await transport.verify()),
    close: () => transport.close(),
  };
}

interface Outgoing extends SendMailOptions {
  texts: Readable[];
}

// Servers quote addresses in their answers: only the code and the enhanced status (RFC 3463) are kept.
function readTrouble(error: unknown, underWay: boolean): Delivery {
  const {
    code = "",
    command = "",
    responseCode,
    response = "",
  } = error as { code?: string; command?: string; responseCode?: number; response?: string };
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  const reason = [responseCode, enhanced, code].filter(Boolean).join(" ") || "unknown trouble";
  if (responseCode === undefined)
    return underWay ? { outcome: "unknown", reason } : { outcome: "later", reason, about: "server" };
  // Refused at the greeting, the sign-in or the sender: the relay is set up wrongly, and the mail waits until it is mended.
  const aboutTheMail = command === "RCPT TO" || code === "EMESSAGE";
  const forGood = responseCode >= 500 && responseCode < 600 && aboutTheMail && !enhanced?.startsWith("5.7.");
  if (forGood) return { outcome: "refused", reason };
  return { outcome: "later", reason, about: aboutTheMail ? "mail" : "server" };
}
