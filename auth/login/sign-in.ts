// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A sign-in that waits, and how it ends: with the waiting client, or with a session in the browser that followed a link.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import type Provider from "oidc-provider";
import { errors, type Interaction, type Session } from "oidc-provider";
import type { CurrentProvider } from "../current-provider.ts";
import { type Events, shortHash } from "../events.ts";
import { asProved, type FirstProof, type Proof } from "../factors/proof.ts";
import type { Sessions } from "../sessions.ts";
import type { Env, Visitors } from "./visitor.ts";

export class SignIns {
  readonly #current: CurrentProvider;
  readonly #sessions: Sessions;
  readonly #events: Events;
  readonly #visitors: Visitors;
  readonly #sessionSeconds: number;

  constructor(
    current: CurrentProvider,
    sessions: Sessions,
    events: Events,
    visitors: Visitors,
    sessionSeconds: number,
  ) {
    this.#current = current;
    this.#sessions = sessions;
    this.#events = events;
    this.#visitors = visitors;
    this.#sessionSeconds = sessionSeconds;
  }

  get provider(): Provider {
    return this.#current.provider;
  }

  /** Everything that is no page of ours. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.#current.answer(request, response);
  }

  /** The sign-in that waits in this browser under this address. Throws SessionNotFound. */
  async waiting(c: Context<Env>): Promise<Interaction> {
    const interaction = await this.provider.interactionDetails(c.env.incoming, c.env.outgoing);
    if (interaction.uid !== c.req.param("uid")) throw new errors.SessionNotFound("another sign-in waits here");
    const client = await this.provider.Client.find(String(interaction.params.client_id));
    if (!client) throw new errors.SessionNotFound("its client was removed");
    return interaction;
  }

  /** The sign-in that a link was asked in, unless it is over. */
  async find(uid: string): Promise<Interaction | undefined> {
    const interaction = await this.provider.Interaction.find<Interaction>(uid);
    return interaction?.prompt.name === "login" ? interaction : undefined;
  }

  async serviceOf(clientId: string): Promise<{ name: string; startAt: string | undefined }> {
    const client = await this.provider.Client.find(clientId);
    const startAt = client?.initiateLoginUri ?? client?.clientUri ?? client?.redirectUris?.[0];
    return { name: client?.clientName ?? clientId, startAt: startAt && new URL(startAt).href };
  }

  /** Lets the waiting client have this person. */
  async finish(c: Context<Env>, interaction: Interaction, account: string, ...proofs: Proof[]): Promise<Response> {
    await this.#endSessionOfAnother(c, interaction, account);
    // Whoever follows a link proves a mailbox, from wherever they read their mails.
    const newBrowser = proofs.includes("pwd") && this.#visitors.knownDevice(c, account) === undefined;
    this.#visitors.remember(c, account);
    // Said now, for the library would take the moment of the last page, be it that of another question.
    const ts = Math.floor(Date.now() / 1000);
    return this.conclude(c, interaction, { login: { accountId: account, ...asProved(proofs), ts, newBrowser } });
  }

  /** Adds a second factor to what the session has proved: it is stepped up, and as old as the first one. */
  async stepUp(interaction: Interaction, session: Session & { accountId: string }, proofs: Proof[]): Promise<string> {
    const { accountId, amr = [], loginTs } = session;
    const ts = loginTs === undefined ? {} : { ts: loginTs };
    return this.settle(interaction, { login: { accountId, ...asProved([...amr, ...proofs]), ...ts } });
  }

  /** A second factor that was set up in a session has been proved in it, too. */
  async strengthen(session: Session, proofs: Proof[]): Promise<void> {
    Object.assign(session, asProved([...(session.amr ?? []), ...proofs]));
    await session.persist();
  }

  async conclude(c: Context<Env>, interaction: Interaction, result: Interaction["result"] & object): Promise<Response> {
    return c.redirect(await this.settle(interaction, result), 303);
  }

  /** Says how it ends. Returns the address at which it goes on. */
  async settle(interaction: Interaction, result: Interaction["result"] & object): Promise<string> {
    interaction.result = "error" in result ? result : { ...interaction.lastSubmission, ...result };
    await interaction.persist();
    return interaction.returnTo;
  }

  session(c: Context<Env>): Promise<Session> {
    return this.provider.Session.get(this.provider.createContext(c.env.incoming, c.env.outgoing));
  }

  /** Signs the person in in this browser, with no client waiting here. */
  async start(c: Context<Env>, account: string, proof: FirstProof): Promise<void> {
    const { Session } = this.provider;
    const context = this.provider.createContext(c.env.incoming, c.env.outgoing);
    const present = await Session.get(context);
    const isOther = present.accountId !== undefined && present.accountId !== account;
    if (isOther) await this.#signOut(c, present);
    const session: Session = isOther ? new Session() : present;
    session.loginAccount({ accountId: account, amr: [proof] });
    session.resetIdentifier();
    await session.save(this.#sessionSeconds);
    const maxAge = this.#sessionSeconds * 1000;
    const cookie = { signed: true, httpOnly: true, sameSite: "lax", path: "/", maxAge } as const;
    context.cookies.set(this.provider.cookieName("session"), session.jti, cookie);
    this.#visitors.remember(c, account);
    passOnCookies(c);
    const place = this.#visitors.placeOf(c.env.incoming);
    await this.#sessions.see(session.uid, account, place);
    const key = `signed-in ${shortHash(session.uid)} ${session.loginTs}`;
    const event = { ...place, uuid: account, kind: "signed-in", session: session.uid, detail: proof, key } as const;
    await this.#events.record(event);
  }

  async #signOut(c: Context<Env>, session: Session): Promise<void> {
    const { accountId = "", uid } = session;
    const place = this.#visitors.placeOf(c.env.incoming);
    await this.#sessions.signOut(accountId, uid, { ...place, uuid: accountId, kind: "signed-out" });
  }

  // The library would have the browser post a form that submits itself by a script.
  async #endSessionOfAnother(c: Context<Env>, interaction: Interaction, account: string): Promise<void> {
    const present = await this.session(c);
    if (present.accountId === undefined || present.accountId === account) return;
    await this.#signOut(c, present);
    delete interaction.session;
  }
}

// What the library has put on Node's response would be lost when Hono writes its own.
function passOnCookies(c: Context<Env>): void {
  for (const cookie of [c.env.outgoing.getHeader("Set-Cookie") ?? []].flat())
    c.header("Set-Cookie", String(cookie), { append: true });
  c.env.outgoing.removeHeader("Set-Cookie");
}
