// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// DNS as the doctor of mail asks it: what is there, what is not, and what nobody knows.
import type { Resolver } from "node:dns/promises";
import { dnsTrouble } from "@cdb/runtime/dns.ts";

/** Nobody knows: DNS does not answer, or is not asked. */
export class DnsSilent extends Error {}

export class Dns {
  readonly #resolver: Resolver | undefined;

  constructor(resolver: Resolver | undefined) {
    this.#resolver = resolver;
  }

  /** Each text as one, however it was cut into pieces. */
  async texts(name: string): Promise<string[]> {
    return (await this.#ask((resolver) => resolver.resolveTxt(name))).map((pieces) => pieces.join(""));
  }

  /** Names of hosts that take mail; a single "." takes none. */
  async exchanges(name: string): Promise<string[]> {
    return (await this.#ask((resolver) => resolver.resolveMx(name))).map(({ exchange }) => exchange);
  }

  async addresses(name: string): Promise<string[]> {
    const both = [this.#ask((it) => it.resolve4(name)), this.#ask((it) => it.resolve6(name))];
    return (await Promise.all(both)).flat();
  }

  names(address: string): Promise<string[]> {
    return this.#ask((resolver) => resolver.reverse(address));
  }

  async #ask<T>(question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> {
    if (!this.#resolver) throw new DnsSilent("EMAIL_DNS is off: DNS is not asked.");
    try {
      return await question(this.#resolver);
    } catch (error) {
      const code = dnsTrouble(error);
      if (code === "ENOTFOUND" || code === "ENODATA") return [];
      throw new DnsSilent(`DNS does not answer (${code}): unknown.`);
    }
  }
}
