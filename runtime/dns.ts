// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Asking DNS, as the setting EMAIL_DNS has it.
import { Resolver } from "node:dns/promises";

/** `servers`: "off" asks nobody (undefined), "system" whom the machine asks, else the address of a DNS server. A second try waits twice as long. */
export function openResolver(servers: string, answerWithinMs: number): Resolver | undefined {
  if (servers === "off") return undefined;
  const resolver = new Resolver({ timeout: answerWithinMs, tries: 2 });
  if (servers !== "system") resolver.setServers([servers]);
  return resolver;
}

/** Why there is no answer: `ENOTFOUND`, no such name; `ENODATA`, nothing of this kind under it; all others mean that nobody knows. */
export function dnsTrouble(error: unknown): string {
  return (error as { code?: string }).code ?? "unknown";
}
