// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mail server that only counts: whom it took a mail for, and under which number. For measuring, and for tests with many mails.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

export interface TakenMail {
  from: string;
  to: string;
  messageId: string;
}

export interface SmtpSink {
  url: string;
  taken: TakenMail[];
  /** What it says to a recipient, such as `451 4.7.1 later`; undefined: it takes the mail. */
  answerTo: (address: string) => string | undefined;
  /** Sees each mail as it came over the wire, dots doubled; none is kept. */
  see: (mail: string) => void;
  stop(): Promise<void>;
}

/** Speaks as much of RFC 5321 as a client with a pool needs, PIPELINING left out. */
export async function startSmtpSink(port = 0): Promise<SmtpSink> {
  const sockets = new Set<Socket>();
  const sink: SmtpSink = { url: "", taken: [], answerTo: () => undefined, see: () => {}, stop: async () => {} };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    serve(socket, sink);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  sink.url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sink.stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return sink;
}

function serve(socket: Socket, sink: SmtpSink): void {
  let [buffered, inData, from, to] = ["", false, "", ""];
  socket.setEncoding("latin1");
  socket.write("220 sink\r\n");
  const answer = (line: string): string => {
    if (/^(EHLO|HELO)/i.test(line)) return "250 sink";
    if (/^MAIL FROM:/i.test(line)) {
      from = /<([^>]*)>/.exec(line)?.[1] ?? "";
      return "250 ok";
    }
    if (/^RCPT TO:/i.test(line)) {
      to = /<([^>]*)>/.exec(line)?.[1] ?? "";
      return sink.answerTo(to) ?? "250 ok";
    }
    if (/^DATA/i.test(line)) {
      inData = true;
      return "354 go on";
    }
    return /^QUIT/i.test(line) ? "221 bye" : "250 ok";
  };
  socket.on("data", (chunk: string) => {
    buffered += chunk;
    for (;;) {
      const end = buffered.indexOf(inData ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return;
      const part = buffered.slice(0, end);
      buffered = buffered.slice(end + (inData ? 5 : 2));
      if (inData) {
        inData = false;
        sink.see(part);
        const messageId = /^Message-ID: *(\S+)/im.exec(part)?.[1] ?? "";
        sink.taken.push({ from: copy(from), to: copy(to), messageId: copy(messageId) });
        socket.write("250 taken\r\n");
      } else socket.write(`${answer(part)}\r\n`);
    }
  });
}

// A piece of a string keeps the whole of it in memory: of each mail, for three words.
function copy(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
