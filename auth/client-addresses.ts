// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the addresses of a client must be like: whole, exact, and by https unless they are on the machine itself.

/** What is wrong with the addresses in these fields. */
export function complaints(fields: Record<string, string | readonly string[] | undefined>): [string, string][] {
  return Object.entries(fields).flatMap(([field, given]) =>
    [given ?? []].flat().flatMap((address, index): [string, string][] => {
      const complaint = complaintAbout(address);
      return complaint ? [[Array.isArray(given) ? `${field}.${index}` : field, complaint]] : [];
    }),
  );
}

function complaintAbout(address: string): string | undefined {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? URL.parse(address) : null;
  if (!url || !/^[\u0021-\u007e]+$/.test(address))
    return "Must be a whole address, like https://wiki.example.org/callback.";
  if (address.includes("#")) return "Must have no fragment (#).";
  if (address.includes("*")) return "Must be one address, to the letter: there are no wildcards.";
  if (url.username || url.password) return "Must hold no name and no password.";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return "Must begin with https.";
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return isHere ? undefined : "Must begin with https; http is for this machine only (localhost, 127.0.0.1, [::1]).";
}
