// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Addresses of pages, in the language that was chosen on one of them.

/** The address beneath another one. */
export function below(address: string, part: string): string {
  return address.replace(/(?=\?|$)/, `/${part}`);
}
