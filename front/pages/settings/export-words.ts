// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the export says of each table, how long it is kept, and who else gets something of it, in the reader's language.
import type { Translate } from "@cdb/theme/translate.ts";

export interface TableWords {
  title: string;
  /** Goes on a sentence that begins with the title. */
  purpose: string;
}

/** By the name of the table; a test holds that none is missing. */
export function tableWords(t: Translate): Record<string, TableWords> {
  const notArrived = t("so that we know which mails did not arrive, and where not to write to");
  const booked = t("so that our books are right");
  return {
    person: { title: t("You"), purpose: t("so that we know who you are and how to reach you") },
    role: { title: t("What you do with us"), purpose: t("so that we know who works with us, and in which team") },
    consent: { title: t("What you agreed to"), purpose: t("so that we can prove it") },
    signature: { title: t("Your signatures"), purpose: t("so that they count in the campaign") },
    account: { title: t("Your account"), purpose: t("so that our services open to you") },
    sign_in_event: { title: t("Your sign-ins"), purpose: t("so that you see who signs in as you") },
    person_stats: {
      title: t("Figures that follow from the rest"),
      purpose: t("so that we write to those whom it concerns"),
    },
    message: { title: t("Our mails to you"), purpose: t("so that we know what we wrote to you") },
    bounce: { title: t("Mails that came back"), purpose: notArrived },
    address_trouble: { title: t("Addresses from which mails come back"), purpose: notArrived },
    mailing_recipient: {
      title: t("Mailings that you got"),
      purpose: t("so that each reaches you once, and only as you agreed"),
    },
    signed_link: { title: t("Links in our mails"), purpose: t("so that they do what they say") },
    history: { title: t("What was done to your data"), purpose: t("so that it can be seen who changed what") },
    history_detail: { title: t("Earlier values of your data"), purpose: t("so that it can be seen what was changed") },
    erasure: { title: t("Your requests for deletion"), purpose: t("so that we carry them out and can prove it") },
    duplicate: { title: t("Entries that look like yours"), purpose: t("so that nobody is entered twice") },
    merge: { title: t("Entries that became one"), purpose: t("so that it can be undone") },
    pledge: { title: t("Your pledges"), purpose: t("so that we know what you promised") },
    notice: { title: t("What payment providers told us"), purpose: t("so that we can prove it") },
    payment: { title: t("Payments"), purpose: booked },
    donation: { title: t("Your donations"), purpose: t("so that our books are right, and you get receipts") },
    decision: { title: t("Whose a payment is that named nobody"), purpose: booked },
  };
}

/** By what back calls it. */
export function keptWords(t: Translate): Record<string, string> {
  return {
    "while in contact": t("kept while we are in contact"),
    donationYears: t("kept as long as the law wants to see our books"),
    "until sent": t("kept until it is sent"),
    "as proof": t("kept as proof"),
  };
}

/** By what back calls them. */
export function recipientWords(t: Translate): Record<string, string> {
  return {
    "Stripe (payments by card)": t("Stripe (payments by card)"),
    "PayPal (payments by PayPal)": t("PayPal (payments by PayPal)"),
    "the organisation's bank (transfers)": t("our bank (transfers)"),
    "the organisation's mail server": t("our mail server"),
    "the organisation's directory server (accounts)": t("our directory server (accounts)"),
  };
}
