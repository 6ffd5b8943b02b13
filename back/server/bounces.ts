// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves bounces.
import * as api from "@cdb/api/bounces.ts";
import { readReturnedMail } from "../bounces/read-returned-mail.ts";
import { registerBounce } from "../data/mailings/bounce.ts";
import type { Offers } from "./offer.ts";

export function offerBounces(offers: Offers, linkSecret: string): void {
  offers.offer(api.reportBounce, async (work, { body: { mail, encoding, to } }) => {
    const returned = await readReturnedMail(Buffer.from(mail, encoding), linkSecret, to);
    return { kind: returned.kind, known: !(await registerBounce(work, returned)) };
  });
}
