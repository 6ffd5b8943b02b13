// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The bare mail library: feeds a mail server with mails like those of a mailing, from the same number of connections, and keeps nothing.
import { createTransport } from "nodemailer";

const { SMTP_URL = "", LANES = "10" } = process.env;
const transport = createTransport({
  url: SMTP_URL,
  pool: true,
  maxConnections: Number(LANES),
  maxMessages: 1_000,
} as object);

interface Wish {
  count: number;
  mail: { from: string; subject: string; text: string; html: string; headers: Record<string, string> };
}

process.on("message", async ({ count, mail }: Wish) => {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await transport.sendMail({ ...mail, to: `reader${next}@example.org`, messageId: `<bare-${next}@example.org>` });
    }
  };
  await Promise.all(Array.from({ length: Number(LANES) }, lane));
  process.send?.("done");
});
process.on("SIGTERM", () => process.exit(0));
process.send?.("ready");
