// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The directory as one connection meets it: everything the operations work on, and who is asking.

import type { Access } from "./access.ts";
import type { Layout } from "./layout.ts";
import type { Store } from "./store.ts";

export interface Session {
  readonly store: Store;
  readonly layout: Layout;
  readonly access: Access;
  readonly adminPassword: string;
  /** The bound name as `normalDn`, "" for nobody; and as it is written. */
  who: string;
  dn: string;
  /** With which StartTLS is answered; absent: there is none. */
  readonly tls?: { cert: Buffer; key: Buffer } | undefined;
  isEncrypted: boolean;
  /** The administrator asked for leniency in this one request (Relax Rules, draft-zeilenga-ldap-relax). */
  isRelaxed: boolean;
  /** StartTLS was granted: what follows its answer is encrypted. */
  startsTls: boolean;
  /** After a bind with a password that was given by somebody else: nothing but a new password is allowed. */
  mustChange: boolean;
}
