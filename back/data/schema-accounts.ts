// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of accounts and sign-ins as TypeScript sees them.
import type { SignInEventKind } from "@cdb/api/sign-in.ts";
import type { Moment } from "@cdb/runtime/time.ts";
import type { Generated } from "kysely";

export interface AccountTable {
  id: Generated<number>;
  personId: number;
  username: string;
  state: Generated<"open" | "paused" | "closed">;
  openedAt: Moment;
  byHand: Generated<boolean>;
  unentitledSince: Generated<Moment | null>;
  pausedBy: Generated<"rule" | "administrator" | null>;
  formerUsernames: Generated<string[]>;
  desiredVersion: Generated<number>;
  writtenVersion: Generated<number>;
  entryId: Generated<string | null>;
  version: Generated<number>;
}

export interface SignInEventTable {
  id: Generated<number>;
  key: string;
  personId: number;
  kind: SignInEventKind;
  at: Moment;
  times: Generated<number>;
  client: string;
  session: string;
  network: string;
  networkIsFull: boolean;
  browser: string;
  detail: string;
}

export interface EndedGrantTable {
  grantHash: string;
  endedAt: Moment;
}

export interface RetiredUsernameTable {
  lookHash: string;
  at: Moment;
}
