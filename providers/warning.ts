// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a provider tells that moves no money of ours and matters all the same.
import type { Provider } from "@cdb/api/payments.ts";

export type Warning =
  /** The card's bank declined an attempt to pay under this reference; the donor may try again. */
  | { kind: "declined"; provider: Provider; noticeId: string; reference: string }
  /** Genuine, but about money of an account that is not ours: kept as it was told, for a person to look at. */
  | { kind: "foreign"; provider: Provider; noticeId: string; raw: string };
