// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Registering people: the operation behind /subscribe, /subscribe-api and every form that asks for a name and an email address.
import { z } from "zod";
import { operation } from "./operation.ts";
import { day, emailAddress, language, line, name, personId, postalAddress, text, word } from "./shapes.ts";

/** Where and how a person asked for something: kept as half of the proof of consent. */
export const origin = z.strictObject({
  /** The page or form, e.g. `/subscribe`. */
  channel: line(200),
  referrer: line(500).optional(),
  /** Shortened before it is stored. */
  networkAddress: line(45).optional(),
});

export const register = operation({
  name: "registrations.register",
  summary: "Register a person, or find the one who has this email address already",
  method: "POST",
  path: "/registrations",
  scope: "registrations:write",
  body: z.strictObject({
    name,
    email: emailAddress,
    kind: z.enum(["individual", "organisation"]).default("individual"),
    language: language.default("en"),
    postalAddress: postalAddress.optional(),
    /** Purposes the person asked for; each needs the confirmation. Unknown ones are refused. */
    purposes: z.array(word).max(50).default([]),
    /** Campaigns signed, with the day. */
    signatures: z.record(word, day).default({}),
    /** They want to volunteer: in a team of the profile, or with an empty name wherever help is needed. */
    volunteer: z.strictObject({ team: z.union([word, z.literal("")]), message: text(2_000) }).optional(),
    /** `mail`: we send the confirmation link. `caller`: an outside program sends its own signed command. */
    confirmation: z.enum(["mail", "caller"]).default("mail"),
    origin,
  }),
  answer: z.object({ id: personId, donref: z.string() }),
  status: 201,
});
