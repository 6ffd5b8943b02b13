// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// One connection of a client to the embedded directory: bytes into messages, one after the other, and the answers back.

import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { BerReader } from "ldapts";
import { answer } from "./operations.ts";
import { parseMessage } from "./request.ts";
import { hasAnswer, writeFarewell } from "./response.ts";
import { LdapError } from "./results.ts";
import type { Session } from "./session.ts";

const messageBytesAtMost = 1024 * 1024;
const unbindTag = 66;
const abandonTag = 80;

/** Ends with the connection. Whoever sends no LDAP is told so, and the connection is closed (RFC 4511, 4.1.1). */
export async function serveConnection(socket: Socket, session: Session): Promise<void> {
  let waiting: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      waiting = Buffer.concat([waiting, chunk]);
      for (let first = takeFirst(waiting); first !== undefined; first = takeFirst(waiting)) {
        waiting = first.rest;
        const message = parseMessage(first.content);
        if (message.tag === unbindTag) return;
        if (message.tag === abandonTag) continue;
        if (!hasAnswer(message.tag)) throw new LdapError("protocolError", "no such operation");
        // A bind must be over before the next request begins.
        socket.write(await answer(session, message));
        // What came with the request, unencrypted, is nobody's (RFC 4513, 3.1.1).
        if (session.startsTls) return await serveConnection(encrypt(socket, session), session);
      }
    }
  } catch {
    if (socket.writable) socket.write(writeFarewell("this is no LDAP"));
  } finally {
    if (!session.isEncrypted || socket instanceof TLSSocket) socket.end();
  }
}

function encrypt(socket: Socket, session: Session): Socket {
  Object.assign(session, { startsTls: false, isEncrypted: true });
  const encrypted = new TLSSocket(socket, { isServer: true, ...session.tls });
  return encrypted.on("error", () => socket.destroy());
}

function takeFirst(waiting: Buffer): { content: Buffer; rest: Buffer } | undefined {
  const reader = new BerReader(waiting);
  if (reader.readSequence(0x30) === null) return undefined;
  if (reader.length < 0 || reader.length > messageBytesAtMost)
    throw new LdapError("protocolError", "the message is too long");
  if (reader.remain < reader.length) return undefined;
  const end = reader.offset + reader.length;
  return { content: waiting.subarray(reader.offset, end), rest: waiting.subarray(end) };
}
