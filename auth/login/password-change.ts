// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A new password: with the old one, or for whoever has proved otherwise who they are. It goes to the directory and nowhere else.
import {
  DirectoryRefused,
  DirectoryUnavailable,
  EntryNotFound,
  type PasswordRefusal,
  PasswordRefused,
} from "@cdb/directory/errors.ts";
import { prepare } from "@cdb/directory/password.ts";
import type { Log } from "@cdb/runtime/log.ts";
import type { Session } from "oidc-provider";
import type { Sessions } from "../sessions.ts";
import type { PasswordDirectory } from "./password.ts";
import { findFlaw, longestTyped, type Owner, type PasswordFlaw } from "./password-rules.ts";
import type { Throttle } from "./throttle.ts";

export type ChangeRefusal =
  | PasswordFlaw
  | PasswordRefusal
  | "same"
  /** There is no entry in the directory to which a password could belong. */
  | "no-account"
  /** The directory takes no passwords at the moment; the old one holds. */
  | "not-now"
  /** The directory did not answer: nobody knows which of the two holds. */
  | "unknown";

export type ChangeOutcome =
  | { outcome: "done" }
  | { outcome: "refused"; reason: ChangeRefusal }
  | { outcome: "wait"; seconds: number };

/** Whose password it is, and who is at the page. */
export interface ChangeWish {
  owner: Owner & { uuid: string };
  network: string;
  isKnownDevice: boolean;
  /** In words, for the history and the mail. */
  browser: string;
  /** The session at which it happens; it goes on, all others end. */
  session?: Session;
}

/**
 * What follows a new password: other sessions end, and the person is told. It is stored before the directory is asked, so that it
 * follows even if this process is killed as soon as the directory has said yes.
 */
export type Aftermath = Pick<Sessions, "prepareEnd" | "endPrepared" | "forgetEnd">;
/** "set": by somebody who did not type the old one. */
type ChangeKind = "password-changed" | "password-set";

const done: ChangeOutcome = { outcome: "done" };

export class PasswordChanges {
  readonly #directory: PasswordDirectory;
  readonly #throttle: Throttle;
  readonly #aftermath: Aftermath;
  readonly #log: Log;

  constructor(directory: PasswordDirectory, throttle: Throttle, aftermath: Aftermath, log: Log) {
    this.#directory = directory;
    this.#throttle = throttle;
    this.#aftermath = aftermath;
    this.#log = log;
  }

  /** The old password is counted like one at signing in: a session that was left open is no place to guess it. */
  async change(wish: ChangeWish, old: string, wished: string): Promise<ChangeOutcome> {
    if (prepare(old) === prepare(wished)) return refuse("same");
    const flaw = await findFlaw(wished, wish.owner);
    if (flaw) return refuse(flaw);
    if (old.trim() === "" || old.length > longestTyped) return refuse("wrong-password");
    const { owner, network, isKnownDevice } = wish;
    const attempt = { account: owner.username ?? owner.uuid, person: owner.uuid, network, isKnownDevice };
    const verdict = await this.#throttle.countPassword(attempt);
    if (typeof verdict === "object") return { outcome: "wait", seconds: verdict.waitSeconds };
    if (verdict === "as-wrong") return refuse("wrong-password");
    const outcome = await this.#write(wish, "password-changed", (username) =>
      this.#directory.changePassword(username, old, wished),
    );
    if (outcome === done) await this.#throttle.forget(attempt);
    return outcome;
  }

  /** For whoever has proved a moment ago, otherwise than by a session that is open, who they are. */
  async set(wish: ChangeWish, wished: string, kind: ChangeKind = "password-set"): Promise<ChangeOutcome> {
    const flaw = await findFlaw(wished, wish.owner);
    if (flaw) return refuse(flaw);
    return this.#write(wish, kind, (username) => this.#directory.setPassword(username, wished));
  }

  async #write(
    { owner: { username, uuid }, network, browser, session }: ChangeWish,
    kind: ChangeKind,
    write: (username: string) => Promise<void>,
  ): Promise<ChangeOutcome> {
    if (username === null) return refuse("no-account");
    const event = { uuid, kind, network, browser, session: session?.uid };
    const prepared = await this.#aftermath.prepareEnd(uuid, { ...event, detail: unconfirmed }, session?.uid);
    try {
      await write(username);
    } catch (error) {
      const reason = this.#reasonOf(error);
      // Where nobody knows which password holds, the others end as after a change: that harms nobody for long.
      if (reason !== "unknown") await this.#aftermath.forgetEnd(prepared);
      return refuse(reason);
    }
    await this.#aftermath.endPrepared(prepared, uuid, event, session?.uid);
    return done;
  }

  #reasonOf(error: unknown): ChangeRefusal {
    if (error instanceof PasswordRefused) return error.reason;
    if (error instanceof EntryNotFound) return "no-account";
    if (!(error instanceof DirectoryUnavailable || error instanceof DirectoryRefused)) throw error;
    this.#log.error({ err: error }, "the directory did not take a password");
    return error instanceof DirectoryRefused ? "not-now" : "unknown";
  }
}

const unconfirmed = "the directory did not confirm it";

function refuse(reason: ChangeRefusal): ChangeOutcome {
  return { outcome: "refused", reason };
}
