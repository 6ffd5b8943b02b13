// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The signed command of outside callers, byte for byte as their programs make it: SHA-256 over the parameters and a passphrase.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Work } from "../database.ts";
import { Forbidden, Invalid, NotFound } from "../errors.ts";
import { type Origin, setConsent } from "../people/consent.ts";
import { Person } from "../people/person.ts";
import { confirmSignatures, requestSignatures } from "../people/signature.ts";
import { nothing } from "./commands.ts";
import type { Shown } from "./follow-link.ts";

export interface SignedCommand {
  /** `confirm`, signed as `persons.confirm`. */
  command: string;
  /** Raw values; `person` is the record's id and is signed as `record_id`. */
  parameters: Record<string, string>;
  signature: string;
}

const truths = new Set(["yes", "on", "true", "1"]);

/** The signature in hex, as outside programs compute it. */
export function signCommand(
  command: string,
  personId: string,
  parameters: Record<string, string>,
  passphrase: string,
): string {
  const pairs = Object.keys(parameters)
    .sort()
    .map((key) => `${key}=${parameters[key]};`);
  return createHash("sha256")
    .update(`command=persons.${command};record_id=${personId};${pairs.join("")}${passphrase}`, "utf8")
    .digest("hex");
}

/** What the command would do. Throws NotFound for a wrong signature: nothing is said about the person. */
export async function showCommand(work: Work, sent: SignedCommand, passphrase: string): Promise<Shown> {
  const { person, purposes, signatures } = await checkCommand(work, sent, passphrase);
  return {
    command: sent.command,
    state: "ready",
    refusable: false,
    undoable: false,
    person,
    ...nothing,
    purposes,
    signatures: Object.keys(signatures),
  };
}

/** Confirms the registration and applies what the parameters say. Safe to repeat. */
export async function runCommand(
  work: Work,
  sent: SignedCommand,
  passphrase: string,
  origin: Origin,
): Promise<{ outcome: "done"; person: Person }> {
  const { person, purposes, signatures } = await checkCommand(work, sent, passphrase, "lock");
  if (!person.isActive()) throw new Forbidden("person-not-active", "This person is blocked or erased.");
  person.confirm(work, "link");
  for (const purpose of purposes) await setConsent(work, person, purpose, true, origin);
  await requestSignatures(work, person, signatures, origin);
  await confirmSignatures(work, person);
  return { outcome: "done", person };
}

async function checkCommand(
  work: Work,
  { command, parameters, signature }: SignedCommand,
  passphrase: string,
  lock?: "lock",
): Promise<{ person: Person; purposes: string[]; signatures: Record<string, string> }> {
  const { person: personId = "", ...others } = parameters;
  const expected = Buffer.from(signCommand(command, personId, others, passphrase), "hex");
  const given = Buffer.from(/^[0-9a-f]{64}$/i.test(signature) ? signature : "", "hex");
  const genuine = given.length === expected.length && timingSafeEqual(given, expected);
  if (!genuine || command !== "confirm" || !/^\d{1,9}$/.test(personId))
    throw new NotFound("link-unknown", "This link is not one of ours.");
  return { person: await work.get(Person, Number(personId), lock), ...readEffects(work, others) };
}

function readEffects(
  work: Work,
  parameters: Record<string, string>,
): { purposes: string[]; signatures: Record<string, string> } {
  const purposes: string[] = [];
  const signatures: Record<string, string> = {};
  for (const [key, value] of Object.entries(parameters)) {
    const purpose = /^wants_(?:(.+)_)?info$/.exec(key);
    const campaign = /^signed_(.+)_on$/.exec(key)?.[1];
    if (purpose && truths.has(value.toLowerCase())) purposes.push(purpose[1] ?? "info");
    if (campaign && !isDay(value))
      throw new Invalid("day-unreadable", "The day of a signature is not an ISO date.", key);
    if (campaign) signatures[campaign] = value;
  }
  const known = work.organisation.purposes.map((purpose) => purpose.name);
  return { purposes: purposes.filter((purpose) => known.includes(purpose)), signatures };
}

function isDay(text: string): boolean {
  // A Date takes February 30 for March 2.
  const day = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) && !text.startsWith("0000") ? text : "none");
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
