// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A mail server for development and tests: it takes every mail, keeps it, and shows it instead of delivering it.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { type InboxMessage, Messages } from "./inbox-messages.ts";
import { buildInboxApp } from "./inbox-pages.ts";

/** How a mail server makes trouble: a 4xx answer, a 5xx answer, or the connection gone in the middle of a mail. */
export type Refusal = "temporary" | "permanent" | "drop";

export interface InboxOptions {
  /** 0 lets the system choose. */
  smtpPort: number;
  httpPort: number;
  folder: string;
}

export interface Inbox {
  smtpUrl: string;
  url: string;
  /** Newest first. */
  messages(to?: string): InboxMessage[];
  /** The newest mail to the address whose subject matches, as soon as there is one. */
  waitFor(to: string, subject?: RegExp | string): Promise<InboxMessage>;
  /** From now on every mail, or those to matching addresses, meets this trouble; undefined ends it. */
  refuse(mode: Refusal | undefined, to?: RegExp): void;
  stop(): Promise<void>;
}

const waitAtMostMs = 20_000;

export async function startInbox({ smtpPort, httpPort, folder }: InboxOptions): Promise<Inbox> {
  const messages = new Messages(folder);
  const desk = new Desk(messages);
  const mailServer = desk.server;
  const webServer = createServer(getRequestListener(buildInboxApp(messages).fetch));
  mailServer.on("error", () => undefined); // of one connection; when it cannot listen, its socket says so too
  const mailSocket = mailServer.listen(smtpPort, "127.0.0.1");
  webServer.listen(httpPort, "127.0.0.1");
  await Promise.all([once(mailSocket, "listening"), once(webServer, "listening")]);
  return {
    smtpUrl: `smtp://127.0.0.1:${(mailSocket.address() as AddressInfo).port}`,
    url: `http://localhost:${(webServer.address() as AddressInfo).port}`,
    messages: (to) => messages.find(to),
    waitFor: (to, subject) => desk.waitFor(to, subject),
    refuse: (mode, to) => desk.refuse(mode, to),
    stop: async () => {
      desk.disconnect();
      webServer.close();
      webServer.closeAllConnections();
      await new Promise<void>((resolve) => mailServer.close(resolve));
    },
  };
}

/** Takes the mails in, or does not. */
class Desk {
  readonly server: SMTPServer;
  readonly #messages: Messages;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  #refusal: { mode: Refusal; to: RegExp } | undefined;

  constructor(messages: Messages) {
    this.#messages = messages;
    this.server = new SMTPServer({
      disabledCommands: ["STARTTLS", "AUTH"],
      disableReverseLookup: true,
      closeTimeout: 500,
      onRcptTo: ({ address }, _session, answer) => answer(this.#complaint(address)),
      onData: (stream, session, answer) => {
        this.#receive(stream, session).then(() => answer(), answer);
      },
    });
    this.server.server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  refuse(mode: Refusal | undefined, to = /./): void {
    this.#refusal = mode && { mode, to };
  }

  async waitFor(to: string, subject: RegExp | string = ""): Promise<InboxMessage> {
    const find = (): InboxMessage | undefined => this.#messages.find(to).find((message) => fits(message, subject));
    for (const end = Date.now() + waitAtMostMs; Date.now() < end; ) {
      const found = find();
      if (found) return found;
      await this.#nextMail(end - Date.now());
    }
    const there = this.#messages.find(to).map((message) => message.subject);
    throw new Error(`No mail to ${to} with subject ${subject} has come; what came: ${JSON.stringify(there)}`);
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #complaint(address: string): Error | null {
    if (!this.#refusal?.to.test(address) || this.#refusal.mode === "drop") return null;
    const permanent = this.#refusal.mode === "permanent";
    const sentence = permanent ? "No such mailbox here" : "Try again later";
    return Object.assign(new Error(sentence), { responseCode: permanent ? 550 : 451 });
  }

  async #receive(stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<void> {
    const raw = await buffer(stream);
    const to = envelope.rcptTo.map(({ address }) => address);
    if (this.#refusal?.mode === "drop" && to.some((address) => this.#refusal?.to.test(address))) {
      this.disconnect();
      return;
    }
    await this.#messages.keep(raw, envelope.mailFrom ? envelope.mailFrom.address : "", to);
    for (const wake of this.#waiting) wake();
  }

  #nextMail(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }
}

function fits(message: InboxMessage, subject: RegExp | string): boolean {
  return typeof subject === "string" ? message.subject.includes(subject) : subject.test(message.subject);
}
