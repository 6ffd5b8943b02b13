// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How the days and hours of a language are written.

/** For `Intl.DateTimeFormat`: English ones as most of the world writes them, 31 December 2026, 23:59. */
export function localeOf(language: string): string {
  return language === "en" ? "en-GB" : language;
}
