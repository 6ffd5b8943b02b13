// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which of the offered languages a reader gets.

/** The first wish that is offered, then the best of the browser's `Accept-Language`, then English. */
export function chooseLanguage(
  offered: readonly string[],
  wishes: readonly (string | undefined)[],
  acceptLanguage = "",
): string {
  const wished = wishes.find((wish) => wish !== undefined && offered.includes(wish));
  return wished ?? readAcceptLanguage(acceptLanguage).find((language) => offered.includes(language)) ?? "en";
}

function readAcceptLanguage(header: string): string[] {
  return header
    .slice(0, 500)
    .split(",")
    .map((part) => /^\s*([a-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q=([\d.]+))?\s*$/i.exec(part))
    .filter((match) => match !== null)
    .map((match) => ({ language: match[1]?.toLowerCase() ?? "", weight: Number(match[2] ?? 1) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ language }) => language);
}

/** A language's own name, e.g. `Deutsch`. */
export function languageName(language: string): string {
  const name = new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}
