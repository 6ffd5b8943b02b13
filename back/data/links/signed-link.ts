// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A prepared command in a mail: the row says what and until when, the link carries the id and a MAC over both.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Selectable } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, NotFound } from "../errors.ts";
import type { Person } from "../people/person.ts";
import type { SignedLinkTable } from "../schema.ts";
import type { Command } from "./commands.ts";

const undoWithinDays = 14;

export interface SignedLink extends Selectable<SignedLinkTable> {}

export class SignedLink {
  static readonly table = "signedLink";
  static readonly quiet = true;

  state(work: Work): "ready" | "used" | "expired" {
    if (this.usesLeft === 0) return "used";
    return Temporal.Instant.compare(this.expiresAt, work.now) <= 0 ? "expired" : "ready";
  }

  /** Can still be taken back: it was followed within the days for that. */
  isUndoable(work: Work): boolean {
    if (this.followedAt === null || this.details.undone) return false;
    return Temporal.Instant.compare(this.followedAt.add({ hours: 24 * undoWithinDays }), work.now) > 0;
  }

  /** Takes one use. Throws Conflict when it is too late; a link that was used before says so by `false`. */
  take(work: Work): boolean {
    const state = this.state(work);
    if (state === "expired") throw new Conflict("link-expired", "The link has expired.");
    if (state === "used") return false;
    this.usesLeft -= 1;
    this.followedAt = work.now;
    return true;
  }

  /** What the mail's link carries: `<id>.<mac>`, 80 characters. */
  token(secret: string): string {
    return linkToken(this, secret);
  }
}

/** The same, of a row that was read for many at once. */
export function linkToken(link: LinkName, secret: string): string {
  return `${link.id}.${mac(link, secret)}`;
}

type LinkName = Pick<SignedLink, "id" | "command" | "personId" | "expiresAt">;

/** Prepares a link that works once, or `uses` times. */
export function prepareLink(
  work: Work,
  person: Person,
  command: Command,
  lifetimeDays: number,
  details: Record<string, string> = {},
  uses = 1,
): Promise<SignedLink> {
  return work.add(
    SignedLink,
    {
      personId: person.id,
      command,
      details,
      madeAt: work.now,
      expiresAt: work.now.add({ hours: 24 * lifetimeDays }),
      usesLeft: uses,
      followedAt: null,
    },
    "prepared",
  );
}

/** The link of a token. Throws NotFound with the code `link-unknown` when anything about it is not ours. */
export async function getLink(work: Work, token: string, secret: string, lock?: "lock"): Promise<SignedLink> {
  const unknown = new NotFound("link-unknown", "This link is not one of ours.");
  const [, id, sent] = /^([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  if (id === undefined || sent === undefined || !/^\w{8}(-\w{4}){3}-\w{12}$/.test(id)) throw unknown;
  const link = await work.get(SignedLink, id, lock).catch((error) => {
    throw error instanceof NotFound ? unknown : error;
  });
  // As text: the last letter of the MAC could be another one and mean the same bytes.
  if (!timingSafeEqual(Buffer.from(mac(link, secret)), Buffer.from(sent))) throw unknown;
  return link;
}

function mac(link: LinkName, secret: string): string {
  return createHmac("sha256", secret)
    .update(`${link.command};${link.id};${link.personId};${link.expiresAt.epochMilliseconds}`)
    .digest("base64url");
}
