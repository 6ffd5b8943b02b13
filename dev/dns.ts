// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A DNS server with a few names in it, for tests.

import { createSocket } from "node:dgram";
import { type Answer, decode, encode } from "dns-packet";

type Kind = "MX" | "A" | "AAAA" | "TXT" | "PTR";

/** By name, then by kind: what there is. `broken`: the server is in trouble with it; `silent`: it never answers. */
export type Zones = Record<string, Partial<Record<Kind, unknown[]>> | "broken" | "silent">;

export interface DnsServer {
  address: string;
  /** How often it was asked. */
  asked(): number;
  stop(): void;
}

const [noSuchName, inTrouble] = [3, 2];

export async function startDns(zones: Zones): Promise<DnsServer> {
  let asked = 0;
  const server = createSocket("udp4");
  server.on("message", (message, { address, port }) => {
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    if (!question) return;
    asked += 1;
    const zone = zones[question.name.toLowerCase()];
    if (zone === "silent") return;
    const found = typeof zone === "object" ? (zone[question.type as Kind] ?? []) : [];
    const code = zone === undefined ? noSuchName : zone === "broken" ? inTrouble : 0;
    const answers = found.map((data) => ({ type: question.type, name: question.name, ttl: 60, data }) as Answer);
    // The response code stands in the last four bits of the flags (RFC 1035 section 4.1.1); bit 7 says that we look further.
    server.send(encode({ type: "response", id: id ?? 0, flags: 0x80 | code, questions, answers }), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${server.address().port}`, asked: () => asked, stop: () => server.close() };
}
