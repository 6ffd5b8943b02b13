// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The organisation profile: all that differs between organisations, in one YAML file, checked at start.
import { join } from "node:path";
import { z } from "zod";
import { ConfigError } from "./config.ts";
import { accessMistakes, accessParts } from "./organisation-access.ts";
import { readYamlFile, type YamlFile } from "./yaml-file.ts";

const language = z.string().regex(/^[a-z]{2}$/, "must be a two-letter language code such as en");
const currency = z.string().regex(/^[A-Z]{3}$/, "must be a three-letter currency code such as EUR");
const host = z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, "must be a host name such as shop.example.org");
const word = z.string().regex(/^[a-z][a-z0-9-]*$/, "must be small letters, digits and dashes");
const iban = z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/, "must be an IBAN without spaces");
/** An amount in the organisation's currency as people write it, "10" or "10.50"; kept as cents. */
const cents = z
  .union([z.number(), z.string()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,9}(\.\d{1,2})?$/, "must be an amount such as 10 or 10.50"))
  .transform((text) => {
    const [whole = "0", fraction = ""] = text.split(".");
    return Number(whole) * 100 + Number(fraction.padEnd(2, "0"));
  });
/** A text in each language; English is always there. */
const texts = z.record(language, z.string().min(1)).refine((text) => "en" in text, "needs a text in English (en)");

const parts = z.strictObject({
  name: z.string().min(1).max(140),
  website: z.url({ protocol: /^https?$/ }),
  contact: z.strictObject({ email: z.email(), address: z.array(z.string().min(1)).min(1).max(6) }),
  timeZone: z
    .string()
    .refine(
      (zone) => Intl.supportedValuesOf("timeZone").includes(zone) || zone === "UTC",
      "must be a time zone such as Europe/Berlin",
    ),
  currency,
  languages: z.strictObject({ interface: z.array(language).min(1), mail: z.array(language).min(1) }),
  referencePrefix: z.string().regex(/^[A-Z]{2}$/, "must be two capital letters"),
  bank: z.strictObject({
    holder: z.string().min(1).max(70),
    iban,
    bic: z.string().regex(/^[A-Z0-9]{8}([A-Z0-9]{3})?$/),
    name: z.string().min(1),
  }),
  donations: z.strictObject({
    minimum: cents,
    below: cents,
    supporterMonthly: cents,
    supporterYearly: cents,
    merchandiseMaximum: cents,
    suggestions: z.strictObject({
      once: z.array(cents).min(1),
      monthly: z.array(cents).min(1),
      yearly: z.array(cents).min(1),
    }),
    methods: z.array(z.enum(["card", "paypal", "transfer"])).min(1),
    /** Days after the due day on which we remind, and after which a pledge lapses. */
    reminders: z
      .strictObject({
        afterDays: z.array(z.number().int().min(1).max(365)).max(9),
        lapseAfterDays: z.number().int().min(1).max(1_000),
      })
      .refine(({ afterDays, lapseAfterDays }) => {
        const days = [...afterDays, lapseAfterDays];
        return days.every((day, at) => at === 0 || day > (days[at - 1] ?? 0));
      }, "the days must grow, and a pledge lapses after the last reminder"),
    /** What renews by itself is thanked for each time, or after the first time once a year. */
    thanksForRenewals: z.enum(["each", "yearly"]),
    /** Attempts to pay in an hour: who tests stolen cards makes many. */
    limits: z.strictObject({
      perAddress: z.number().int().min(1),
      perNetwork: z.number().int().min(1),
      perHour: z.number().int().min(1),
      /** Attempts that the card's bank declined: after so many an address or a network has to wait for an hour. */
      declinesPerAddress: z.number().int().min(1),
      declinesPerNetwork: z.number().int().min(1),
      /** From so many on, of all in an hour, we are under attack, if they are a large share of the attempts. */
      declinesPerHour: z.number().int().min(1),
    }),
    /** While somebody tests cards: for how long, and how many an hour may try whom we do not know yet. */
    attack: z.strictObject({ minutes: z.number().int().min(5).max(1_440), perHour: z.number().int().min(0) }),
    donorList: z.strictObject({
      /** Who gave so much in a year is named, the most first; private people only who granted a purpose that permits it. */
      amounts: z
        .array(cents)
        .min(1)
        .refine(
          (amounts) => amounts.every((amount, at) => at === 0 || amount < (amounts[at - 1] ?? 0)),
          "the amounts must fall",
        ),
      /** Since when somebody gives is told from so many years on, with so many years of pause between them. */
      since: z.strictObject({ years: z.number().int().min(1), pauses: z.number().int().min(0) }),
    }),
    /** From which score on (0 to 100) money without a reference is matched without a person; 101: never. */
    matchAloneFrom: z.number().int().min(50).max(101),
    returnHosts: z.array(host),
    desk: z.email(),
  }),
  purposes: z
    .array(
      z.strictObject({
        name: word,
        title: texts,
        version: z.number().int().min(1),
        wording: texts,
        /** To write mails, or to name somebody in public; the latter is asked of those who are signed in only. */
        permits: z.enum(["mails", "naming"]).default("mails"),
      }),
    )
    .min(1),
  campaigns: z.array(word),
  mail: z.strictObject({
    from: z.email(),
    replyTo: z.email().optional(),
    /** Where mails that do not arrive come back to, each to an address of its own: `bounces+…@…`. */
    bounces: z.email().optional(),
  }),
  /** `secondPerson`: whoever approves a mailing is not who wrote it. */
  mailings: z.strictObject({ secondPerson: z.boolean() }).default({ secondPerson: true }),
  /** Who decides about volunteers and staff, and the teams that volunteers can choose. */
  volunteering: z.strictObject({
    desk: z.email(),
    /** `coordinators`: the group whose members take volunteers into the team. */
    teams: z.array(z.strictObject({ name: word, title: texts, coordinators: word.optional() })),
  }),
  registrations: z.strictObject({ unconfirmedKeptWeeks: z.number().int().min(1), blockedEmailDomains: z.array(host) }),
  retention: z.strictObject({
    /** Payments and what receipts need, counted from the end of the payment's year. */
    donationYears: z.number().int().min(1),
    /** Name and ways to reach a person, after the last gift, consent, pledge or account has ended. */
    contactYears: z.number().int().min(1),
    /** Between asking to be erased and its day; until then it can be taken back. */
    erasureAfterDays: z.number().int().min(0).max(30),
    /** Before contact data go: whoever is still there can say so by a link. */
    askBeforeDays: z.number().int().min(7).max(180),
  }),
  usernames: z.strictObject({ domain: host, reserved: z.array(z.string()) }),
  ...accessParts,
});
const profile = parts.superRefine((read, context) => {
  for (const { path, message } of accessMistakes(read)) context.addIssue({ code: "custom", path, message });
});

export type Organisation = z.infer<typeof profile>;
export type Group = Organisation["groups"][number];
export type Service = Organisation["services"][number];
export type Purpose = Organisation["purposes"][number];

/** Reads `profile.yaml` in `folder`. Throws ConfigError that lists every mistake with its place in the file. */
export function readOrganisation(folder: string): Organisation {
  const file = join(folder, "profile.yaml");
  let read: YamlFile<Organisation>;
  try {
    read = readYamlFile(file, profile);
  } catch {
    throw new ConfigError([`ORGANISATION: there is no file ${file}. It names the folder of the organisation profile.`]);
  }
  if ("mistakes" in read) throw new ConfigError(read.mistakes);
  return Object.freeze(read.value);
}

/** What visitors are asked for, and what a link in a mail withdraws. */
export function mailPurposes({ purposes }: Organisation): Purpose[] {
  return purposes.filter(({ permits }) => permits === "mails");
}

/** The text in `language`, or in English where there is none. */
export function inLanguage(text: Record<string, string>, language: string): string {
  return text[language] ?? text.en ?? "";
}
