// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which file offers which command, in the order of the help: a command loads its own file, and is there in half the time.
import type { Command } from "commander";
import type { Desk } from "./cli/desk.ts";
import { server } from "./config.ts";

export type Offer = (program: Command, desk: Desk) => void;

/** By the first word behind `cdb`. */
export const nouns: Readonly<Record<string, () => Promise<Offer>>> = {
  people: async () => (await import("./cli/people.ts")).offerPeople,
  accounts: async () => (await import("./cli/accounts.ts")).offerAccounts,
  pledges: async () => (await import("./cli/pledges.ts")).offerPledges,
  payments: async () => (await import("./cli/payments.ts")).offerPayments,
  donations: async () => (await import("./cli/donations.ts")).offerDonations,
  journal: async () => (await import("./cli/journal.ts")).offerJournal,
  mail: async () => (await import("./cli/mail.ts")).offerMail,
  mailings: async () => (await import("./cli/mailings.ts")).offerMailings,
  consents: async () => (await import("./cli/consents.ts")).offerConsents,
  privacy: async () => (await import("./cli/privacy.ts")).offerPrivacy,
  history: async () => (await import("./cli/privacy.ts")).offerPrivacy,
  clients: async () => (await import("./cli/clients.ts")).offerClients,
  resources: async () => (await import("./cli/resources.ts")).offerResources,
  keys: async () => (await import("./cli/keys.ts")).offerKeys,
  "sign-ins": async () => (await import("./cli/sign-ins.ts")).offerSignIns,
  database: async () => (await import("./cli/database.ts")).offerDatabase,
  dev: async () => (await import("./cli/dev.ts")).offerDev,
  doctor: async () => {
    const { offerDoctor } = await import("./cli/doctor.ts");
    return (program, desk) => offerDoctor(program, desk, server);
  },
  conformance: async () => (await import("./cli/conformance.ts")).offerConformance,
  completion: async () => (await import("./cli/completion.ts")).offerCompletion,
};

/** Those that the arguments are about; all for the help, for completion, and for a word that is mistyped. */
export async function offersFor(args: readonly string[]): Promise<Offer[]> {
  const noun = args.find((arg) => !arg.startsWith("-")) ?? "";
  const own = Object.hasOwn(nouns, noun) && noun !== "completion" ? nouns[noun] : undefined;
  if (own) return [await own()];
  const all = await Promise.all(Object.values(nouns).map((load) => load()));
  return [...new Set(all)];
}
