// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Selectors: criteria that pick people. Fields about money need the scope payments:read as well. The notation: docs/selectors.md.
import { z } from "zod";
import { operation } from "./operation.ts";
import { personShape } from "./people.ts";
import { personId } from "./shapes.ts";

/** `country == "DE" and consents has "newsletter" and donations.sum(last 12 months) >= 60` */
const selector = z.string().min(1).max(4000);

export const countSelected = operation({
  name: "selectors.count",
  summary: "How many people a selector picks",
  method: "POST",
  path: "/selectors/count",
  scope: "people:read",
  body: z.strictObject({ selector }),
  answer: z.object({ count: z.number().int() }),
});

export const listSelected = operation({
  name: "selectors.list",
  summary: "The people that a selector picks, in the order of their ids",
  method: "POST",
  path: "/selectors/list",
  scope: "people:read",
  body: z.strictObject({
    selector,
    /** The last id of the page before. */
    after: personId.optional(),
    limit: z.number().int().min(1).max(200).default(50),
  }),
  answer: z.object({ people: z.array(personShape), more: z.boolean() }),
});

export const explainSelected = operation({
  name: "selectors.explain",
  summary: "Why a selector picks one person, or does not: each condition with the person's own value",
  method: "POST",
  path: "/selectors/explain",
  scope: "people:read",
  body: z.strictObject({ selector, person: personId }),
  answer: z.object({
    picked: z.boolean(),
    conditions: z.array(
      z.object({
        /** As it stands in the selector. */
        text: z.string(),
        holds: z.boolean(),
        value: z.string(),
        /** `donations.sum(last 12 months) is €45.00, needs >= 60` */
        sentence: z.string(),
      }),
    ),
  }),
});
