// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What back may have auth do with the sign-ins of a person.
import { z } from "zod";
import { operation } from "./operation.ts";

export const endSignIns = operation({
  name: "signIns.end",
  summary: "End every sign-in of a person up to a moment, in every browser and at every service",
  method: "POST",
  path: "/manage/sign-ins/end",
  scope: "sign-ins:end",
  body: z.strictObject({
    uuid: z.uuid(),
    /** Whoever proved later who they are stays signed in: this may be told late, and twice. */
    at: z.iso.datetime(),
    /** The person is erased: auth forgets what they allowed and how they prove who they are. */
    forget: z.boolean().default(false),
    /** The person was merged into this one, who hears of it if second factors stay behind. */
    mergedInto: z.uuid().optional(),
  }),
});

export const listSignIns = operation({
  name: "signIns.list",
  summary: "Where a person is signed in, with how many second factors, and which services were told of an end",
  method: "POST",
  path: "/manage/sign-ins/list",
  scope: "sign-ins:end",
  body: z.strictObject({ uuid: z.uuid() }),
  answer: z.object({
    sessions: z.array(
      z.object({
        session: z.string(),
        browser: z.string(),
        network: z.string(),
        beganAt: z.string(),
        usedAt: z.string(),
        clientIds: z.array(z.string()),
      }),
    ),
    /** How many they have. */
    secondFactors: z.number(),
    told: z.array(
      z.object({
        clientId: z.string(),
        at: z.string(),
        outcome: z.enum(["confirmed", "waiting", "given-up"]),
        tries: z.number(),
      }),
    ),
  }),
});
