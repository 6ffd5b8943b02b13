// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is signed in: an encrypted cookie that holds the tokens, so that front itself remembers nothing.
import { getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { SignedOut } from "./refused.ts";
import { Seal } from "./sealed.ts";
import type { SignIn, Tokens } from "./sign-in.ts";
import type { Visit } from "./visit.ts";

const sessionShape = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  /** Tells auth whose session ends, when signing out. */
  idToken: z.string().optional(),
  /** Of the access token: seconds since 1970. */
  expiresAt: z.number(),
  /** The person's own language. */
  language: z.string().optional(),
});
export type Session = z.infer<typeof sessionShape>;

/** What was sent along to auth and is checked when the visitor comes back. */
const pendingShape = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string() });
export type Pending = z.infer<typeof pendingShape>;

const sessionDays = 30;
const pendingMinutes = 30;
const pendingAtMost = 3;
const refreshBeforeSeconds = 30;
// A browser drops a cookie over 4096 bytes, name and attributes included.
const largestValue = 3_900;

export class Sessions {
  readonly #signIn: SignIn;
  readonly #secure: boolean;
  readonly #session: Seal<typeof sessionShape>;
  readonly #pending: Seal<z.ZodArray<typeof pendingShape>>;

  constructor(secrets: readonly string[], frontUrl: string, signIn: SignIn) {
    this.#signIn = signIn;
    this.#secure = frontUrl.startsWith("https:");
    this.#session = new Seal(secrets, "session", sessionShape);
    this.#pending = new Seal(secrets, "sign-in", z.array(pendingShape));
  }

  async read(c: Visit): Promise<Session | undefined> {
    return this.#session.open(this.#cookie(c, "session"));
  }

  async begin(c: Visit, tokens: Tokens, language: string | undefined): Promise<void> {
    await this.#write(c, { ...tokens, language });
  }

  end(c: Visit): void {
    c.set("session", undefined);
    this.#setCookie(c, "session", "", 0);
  }

  /** The person's own language, from now on also that of the pages. */
  async keepLanguage(c: Visit, language: string): Promise<void> {
    const session = c.get("session");
    if (session) await this.#write(c, { ...session, language });
  }

  /** What the reader chose for the pages, on this device and for a year. */
  chosenLanguage(c: Visit): string | undefined {
    return this.#cookie(c, "language");
  }

  chooseLanguage(c: Visit, language: string): void {
    this.#setCookie(c, "language", language, 365 * 86_400);
  }

  /** An access token that lives for some time yet. Throws SignedOut. */
  async accessToken(c: Visit): Promise<string> {
    const session = c.get("session");
    if (!session) throw new SignedOut();
    const secondsLeft = session.expiresAt - Date.now() / 1000;
    if (secondsLeft > refreshBeforeSeconds) return session.accessToken;
    if (session.refreshToken === undefined) throw new SignedOut();
    const tokens = await this.#signIn.refresh(session.refreshToken);
    await this.#write(c, { ...session, ...tokens });
    return tokens.accessToken;
  }

  /** Remembers what was sent along to auth; a few at a time, for several tabs. */
  async rememberPending(c: Visit, pending: Pending): Promise<void> {
    const known = (await this.#pending.open(this.#cookie(c, "sign-in"))) ?? [];
    const sealed = await this.#pending.close([pending, ...known].slice(0, pendingAtMost), pendingMinutes * 60);
    this.#setCookie(c, "sign-in", sealed, pendingMinutes * 60);
  }

  async takePending(c: Visit, state: string | undefined): Promise<Pending | undefined> {
    const known = (await this.#pending.open(this.#cookie(c, "sign-in"))) ?? [];
    const left = known.filter((pending) => pending.state !== state);
    const sealed = left.length === 0 ? "" : await this.#pending.close(left, pendingMinutes * 60);
    this.#setCookie(c, "sign-in", sealed, left.length === 0 ? 0 : pendingMinutes * 60);
    return known.find((pending) => pending.state === state);
  }

  #cookie(c: Visit, name: string): string | undefined {
    return getCookie(c, name, this.#secure ? "host" : undefined);
  }

  /** `seconds` absent: until the browser closes; 0: now. */
  #setCookie(c: Visit, name: string, value: string, seconds?: number): void {
    setCookie(c, name, value, {
      path: "/",
      httpOnly: true,
      sameSite: "Lax",
      secure: this.#secure,
      ...(seconds !== undefined && { maxAge: seconds }),
      ...(this.#secure && { prefix: "host" as const }),
    });
  }

  async #write(c: Visit, session: Session): Promise<void> {
    const sealed = await this.#session.close(session, sessionDays * 86_400);
    c.set("session", session);
    // Signing out works without the ID token too: auth then asks once more.
    if (sealed.length > largestValue && session.idToken) return this.#write(c, { ...session, idToken: undefined });
    this.#setCookie(c, "session", sealed);
  }
}
