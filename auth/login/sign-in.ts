// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A sign-in that waits, and how it ends: with the waiting client, or with a session in the browser that followed a link.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { PasswordNotice } from "@cdb/directory/password.ts";
import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import type Provider from "oidc-provider";
import { errors, type Interaction, type Session } from "oidc-provider";
import type { CurrentProvider } from "../current-provider.ts";
import { type Events, shortHash, signedInEvent } from "../events.ts";
import { asProved, duePassword, type FirstProof, type Proof } from "../factors/proof.ts";
import type { Sessions } from "../sessions.ts";
import type { ProvedIn } from "./proof-binding.ts";
import type { Env, Visitors } from "./visitor.ts";

/** Whether nothing is missing in a sign-in in which this was proved. */
export type IsWhole = (account: string, amr: readonly string[] | undefined) => Promise<boolean>;

export class SignIns {
  readonly #current: CurrentProvider;
  readonly #sessions: Sessions;
  readonly #events: Events;
  readonly #visitors: Visitors;
  readonly #sessionSeconds: number;
  readonly #isWhole: IsWhole;

  constructor(
    current: CurrentProvider,
    sessions: Sessions,
    events: Events,
    visitors: Visitors,
    sessionSeconds: number,
    isWhole: IsWhole,
  ) {
    this.#isWhole = isWhole;
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
  async finish(
    c: Context<Env>,
    interaction: Interaction,
    account: string,
    proofs: readonly Proof[],
    passwordDue?: PasswordNotice,
  ): Promise<Response> {
    await this.#endSessionOfAnother(c, interaction, account);
    // Said now, for the library would take the moment of the last page, be it that of another question.
    const ts = Math.floor(Date.now() / 1000);
    const provedIn: ProvedIn = { browser: shortHash(this.#visitors.bind(c)), step: interaction.uid };
    const login = { accountId: account, ...asProved(proofs), ts, provedIn };
    return this.conclude(c, interaction, { login, passwordDue: passwordDue ?? null });
  }

  /** Adds a second factor to what the session has proved: it is stepped up, and as old as the first one. */
  stepUp(interaction: Interaction, session: Session & { accountId: string }, proofs: Proof[]): Promise<string> {
    return this.settle(interaction, { login: loginOf(session, [...(session.amr ?? []), ...proofs]) });
  }

  /** A password that was due counts from now on. */
  passwordChanged(interaction: Interaction, session: Session & { accountId: string }): Promise<string> {
    const amr = (session.amr ?? []).map((proof) => (proof === duePassword ? "pwd" : proof));
    return this.settle(interaction, { login: loginOf(session, amr), passwordDue: null });
  }

  /** A second factor that was set up in a session has been proved in it, too. */
  async strengthen(c: Context<Env>, session: Session, proofs: Proof[]): Promise<void> {
    Object.assign(session, asProved([...(session.amr ?? []), ...proofs]));
    await this.renew(c, session);
  }

  /** Gives a session another id: whoever has a copy of the cookie of before is out. */
  async renew(c: Context<Env>, session: Session): Promise<void> {
    session.resetIdentifier();
    await session.persist();
    this.#giveCookie(c, session);
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

  /** Has the browser forget the session, which is over. */
  forgetSession(c: Context<Env>): void {
    const { provider } = this;
    const secure = provider.issuer.startsWith("https:");
    setCookie(c, provider.cookieName("session"), "", { path: "/", maxAge: 0, secure });
  }

  session(c: Context<Env>): Promise<Session> {
    return this.provider.Session.get(this.provider.createContext(c.env.incoming, c.env.outgoing));
  }

  /** Signs the person in in this browser, with no client waiting here. */
  async start(c: Context<Env>, account: string, proof: FirstProof): Promise<void> {
    const { Session } = this.provider;
    const present = await this.session(c);
    const isOther = present.accountId !== undefined && present.accountId !== account;
    if (isOther) await this.#signOut(c, present);
    const session: Session = isOther ? new Session() : present;
    session.loginAccount({ accountId: account, amr: [proof] });
    session.resetIdentifier();
    await session.save(this.#sessionSeconds);
    this.#giveCookie(c, session);
    if (await this.#isWhole(account, session.amr)) await this.#remember(c, account, session);
  }

  #giveCookie(c: Context<Env>, { jti, exp }: Session): void {
    const { cookies } = this.provider.createContext(c.env.incoming, c.env.outgoing);
    const expires = new Date(exp * 1000);
    const cookie = { signed: true, httpOnly: true, sameSite: "lax", path: "/", expires } as const;
    cookies.set(this.provider.cookieName("session"), jti, cookie);
    passOnCookies(c);
  }

  // Where a second factor is missing, the next service asks for it, and then the sign-in is whole.
  async #remember(c: Context<Env>, account: string, session: Session): Promise<void> {
    c.header("Set-Cookie", this.#visitors.deviceCookie(account), { append: true });
    const place = this.#visitors.placeOf(c.env.incoming);
    await this.#sessions.see(session.uid, account, place);
    await this.#events.record({ ...place, ...signedInEvent(session), uuid: account, kind: "signed-in" });
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

// As old as it was: what is added to a sign-in does not renew it.
function loginOf({ accountId, loginTs }: Session & { accountId: string }, proofs: readonly string[]) {
  return { accountId, ...asProved(proofs), ...(loginTs === undefined ? {} : { ts: loginTs }) };
}

// What the library has put on Node's response would be lost when Hono writes its own.
function passOnCookies(c: Context<Env>): void {
  for (const cookie of [c.env.outgoing.getHeader("Set-Cookie") ?? []].flat())
    c.header("Set-Cookie", String(cookie), { append: true });
  c.env.outgoing.removeHeader("Set-Cookie");
}
