// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Text from a provider, made to fit: odd text must not keep money from being booked, and stays as it was in the raw notice.

/** One line of at most `max` characters. */
export function oneLine(text: unknown, max: number): string {
  const line = (typeof text === "string" ? text : "").toWellFormed().replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
  return line.trim().slice(0, max).toWellFormed();
}

/** The address, or nothing when it is none that mail could be sent to. */
export function emailOrNothing(email: unknown): string {
  const plain = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+.-]*[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;
  return typeof email === "string" && email.length <= 254 && plain.test(email) ? email : "";
}
