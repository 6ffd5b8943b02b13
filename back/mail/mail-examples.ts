// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Every mail of the system as somebody could get it, for whoever writes or translates one; with made-up words in its fields.
import { Temporal } from "@cdb/runtime/time.ts";
import { formatDay } from "../data/donations/donation.ts";
import { type MailName, mails } from "../data/mailings/mails.ts";
import { Message } from "../data/mailings/message.ts";
import { formatMoney } from "../data/money.ts";
import { type Letterhead, type Rendered, render } from "./render.ts";

/** The same word means the same in every mail; amounts and days are in its language. */
function exampleFields({ organisation, frontUrl }: Letterhead, language: string): Record<string, string> {
  const { currency, bank, usernames, referencePrefix } = organisation;
  const money = (amount: number) => formatMoney({ amount, currency }, language);
  const day = (text: string) => formatDay(Temporal.PlainDate.from(text), language);
  const domain = usernames.domain;
  return {
    ...{ name: "Ada Lovelace", number: "1001", username: "ada", address: `ada@${domain}`, newEmail: "ada@example.org" },
    ...{ email: "ada@example.com", applicant: "Grace Hopper", message: "I like to help.", team: "web" },
    ...{ group: "wiki-editors", services: "Wiki, Chat", service: "Wiki", browser: "Firefox, Linux" },
    ...{ time: "2026-11-30 14:05", day: day("2026-11-30"), kept: day("2036-12-31"), year: "2026" },
    ...{ reference: `${referencePrefix}10018P1`, amount: money(2500), newAmount: money(3000), interval: "once" },
    ...{ holder: bank.holder, iban: bank.iban, bic: bank.bic, bank: bank.name, epc: `2500 ${currency}` },
    pledges: `${money(2500)} (${referencePrefix}10018P1, ${day("2026-11-01")})`,
    ...{
      loginLink: `${frontUrl}/login-link?token=…`,
      code: "ABCD-EFGH",
      attempts: "80",
      declines: "64",
      minutes: "120",
    },
    ...{ count: "2", alarms: `4711 unknown-charge stripe ${money(2500)}; 4712 unknown-refund paypal ${money(1000)}` },
    ...{ provider: "Stripe", names: "pi_4711 (extra); pi_4712 (amount)", payerName: "Ada Lovelace" },
    ...{ payerEmail: "ada@example.org", troubles: "example.com: 5.7.1 (12 ×); example.net: 5.7.26 (3 ×)" },
  };
}

/** Throws for a field that nobody has made an example of. */
export function exampleOf(letterhead: Letterhead, mail: MailName, language: string): Rendered {
  const known = exampleFields(letterhead, language);
  const { fields, secrets, link } = mails[mail];
  const pick = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => {
        const example = known[name];
        if (example === undefined) throw new Error(`the field ${name} has no example`);
        return [name, example];
      }),
    );
  const message = Object.assign(new Message(), {
    ...{ id: 0, mail, language, recipient: "ada@example.org", queuedAt: Temporal.Instant.fromEpochMilliseconds(0) },
    ...{ fields: pick(fields), secrets: pick(secrets) },
  });
  return render(letterhead, message, link ? `${letterhead.frontUrl}/command/…?link=…` : null);
}
