// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What becomes of every row that names a person when two people become one: each column that does has its rule here.

export type MergeRule =
  /** The row goes to the survivor. */
  | { moves: true; once?: Once }
  /** The row keeps its person, for this reason. */
  | { stays: string };

/** Of rows that are alike in these columns the survivor keeps one. */
export interface Once {
  alike: readonly string[];
  /** SQL of a row of the alias: whether it counts, … */
  counts: (alias: string) => string;
  /** … and whether it is the better one of two; else the survivor's own is. */
  better: (alias: string) => string;
}

/** By table and column. */
export const mergeRules: Record<string, MergeRule> = {
  "account.person_id": { moves: true },
  "address_trouble.person_id": { moves: true },
  "bounce.person_id": { moves: true },
  "consent.person_id": { moves: true },
  "decision.person_id": { stays: "it was decided for that number; whoever carries on follows from it" },
  "donation.person_id": { moves: true },
  "duplicate.other_id": { stays: "the question was about that number" },
  "duplicate.person_id": { stays: "the question was about that number" },
  "erasure.person_id": { stays: "it was asked for and taken back under that number" },
  "history.person_id": { stays: "its hash covers the number" },
  "mailing_recipient.person_id": { stays: "it tells to whom the mail went; who waits is left out for the survivor" },
  "merge.gone_id": { stays: "it tells what was merged" },
  "merge.kept_id": { stays: "it tells what was merged" },
  "message.person_id": { moves: true },
  "person.merged_into": { moves: true },
  "person_stats.person_id": { stays: "the figures follow from the other tables" },
  "pledge.person_id": { moves: true },
  "role.person_id": {
    moves: true,
    once: {
      alike: ["name", "team"],
      counts: (alias) => `${alias}.state in ('requested', 'approved')`,
      better: (alias) => `${alias}.state = 'approved'`,
    },
  },
  "sign_in_event.person_id": { moves: true },
  "signature.person_id": {
    moves: true,
    once: { alike: ["campaign"], counts: () => "true", better: (alias) => `${alias}.confirmed_at is not null` },
  },
  "signed_link.person_id": { stays: "the link in the mail is valid for that number alone; merging stops it" },
};

/** Tables whose rows go to the survivor, with the column that names the person. */
export const movingTables: readonly { table: string; column: string; once: Once | undefined }[] = Object.entries(
  mergeRules,
).flatMap(([name, rule]) => {
  const [table = "", column = ""] = name.split(".");
  return "moves" in rule ? [{ table, column, once: rule.once }] : [];
});
