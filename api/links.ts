// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Prepared links: ours by token, and the signed commands of outside callers. Showing one never changes anything.
import { z } from "zod";
import { operation } from "./operation.ts";
import { interval, line, money, word } from "./shapes.ts";

const token = line(300).min(1);
const commandName = word;

/** What following the link would do, for a page with one button. */
const shown = z.object({
  command: word,
  state: z.enum(["ready", "used", "expired"]),
  language: z.string(),
  /** The person's email address, masked: `j•••@example.org`. */
  email: z.string(),
  /** For a change of email address: the one that the person would have, masked. */
  newEmail: z.string().nullable(),
  /** Purposes that would be granted; for `unsubscribe`: withdrawn. */
  purposes: z.array(z.string()),
  signatures: z.array(z.string()),
  /** Teams that the person wants to volunteer in; an empty name: wherever help is needed. */
  teams: z.array(z.string()),
  pledge: z
    .object({
      reference: z.string(),
      interval,
      amount: money,
      /** What it would become. */ newAmount: money.nullable(),
    })
    .nullable(),
  /** Whoever did not ask for it can say so: `act: "refuse"`. */
  refusable: z.boolean(),
  /** It was followed and can be taken back: `act: "undo"`. */
  undoable: z.boolean(),
  /** Pass it on when following: only what was shown is granted. */
  shownUntil: z.number().int(),
});
const followed = z.object({
  command: word,
  outcome: z.enum(["done", "done-already", "refused", "undone"]),
  undoable: z.boolean(),
  language: z.string(),
});

export const showLink = operation({
  name: "links.show",
  summary: "Show what a link that we mailed would do",
  method: "POST",
  path: "/links/show",
  scope: "links:follow",
  body: z.strictObject({ token }),
  answer: shown,
});

export const followLink = operation({
  name: "links.follow",
  summary: "Carry out a link that we mailed, say that one never asked for it, or take back what it did",
  method: "POST",
  path: "/links/follow",
  scope: "links:follow",
  body: z.strictObject({
    token,
    act: z.enum(["follow", "refuse", "undo"]).default("follow"),
    shownUntil: z.number().int().min(0),
    networkAddress: line(45).optional(),
  }),
  answer: followed,
});

const signedCommand = z.strictObject({
  command: commandName,
  /** The parameters as received, unescaped, without `go` and `signature`; `person` is the record's id. */
  parameters: z.record(line(200), line(2000)),
  signature: line(128),
});

export const showCommand = operation({
  name: "commands.show",
  summary: "Show what an outside caller's signed command would do",
  method: "POST",
  path: "/commands/show",
  scope: "links:follow",
  body: signedCommand,
  answer: shown,
});

export const runCommand = operation({
  name: "commands.run",
  summary: "Carry out an outside caller's signed command",
  method: "POST",
  path: "/commands/run",
  scope: "links:follow",
  body: signedCommand.extend({ networkAddress: line(45).optional() }),
  answer: followed,
});
