// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in with a password. Whatever is wrong, the answer is the same, and it takes as long.
import type { Directory } from "@cdb/directory/directory.ts";
import { DirectoryRefused, DirectoryUnavailable } from "@cdb/directory/errors.ts";
import type { CheckedPassword, PasswordNotice } from "@cdb/directory/password.ts";
import type { Log } from "@cdb/runtime/log.ts";
import type { Back, PersonToSignIn } from "../back.ts";
import { Pace } from "./pace.ts";
import type { Throttle } from "./throttle.ts";

export type PasswordDirectory = Pick<Directory, "checkPassword" | "changePassword" | "setPassword">;

export type PasswordOutcome =
  | { outcome: "right"; account: string; notice?: PasswordNotice }
  /** The password is right, but the directory lets nobody in with it before it is changed. */
  | { outcome: "must-change"; account: string }
  /** The password is right, and of no use any more. */
  | { outcome: "expired"; account?: string }
  /** `account`: whom it was tried for, where that is somebody; for their history, and never for the answer. */
  | { outcome: "wrong"; account?: string }
  | { outcome: "wait"; seconds: number }
  | { outcome: "unavailable" };

export interface PasswordAttempt {
  identifier: string;
  password: string;
  network: string;
  /** Whether this browser is one that the account has signed in with. */
  isKnownDevice(account: string): boolean;
}

// No username can look like this, so nobody has it.
const decoy = "-nobody-";

export class PasswordSignIn {
  readonly #back: Back;
  readonly #directory: PasswordDirectory;
  readonly #throttle: Throttle;
  readonly #log: Log;
  readonly #pace: Pick<Pace, "learn" | "wait">;

  constructor(
    back: Back,
    directory: PasswordDirectory,
    throttle: Throttle,
    log: Log,
    pace: Pick<Pace, "learn" | "wait"> = new Pace(),
  ) {
    this.#pace = pace;
    this.#log = log;
    this.#back = back;
    this.#directory = directory;
    this.#throttle = throttle;
  }

  /** Throws BackUnavailable. */
  async check({ identifier, password, network, isKnownDevice }: PasswordAttempt): Promise<PasswordOutcome> {
    const started = performance.now();
    const person = await this.#back.findPerson(identifier);
    const meant = person?.uuid ?? identifier;
    // By what was typed, not by whom it means: that a username and an address wait together would tell that both are one's.
    const attempt = { account: identifier, person: meant, network, isKnownDevice: isKnownDevice(meant) };
    const verdict = await this.#throttle.countPassword(attempt);
    if (typeof verdict === "object") {
      await this.#pace.wait(started);
      return { outcome: "wait", seconds: verdict.waitSeconds };
    }
    const username = verdict === "as-wrong" ? undefined : (person?.username ?? undefined);
    const checked = await this.#ask(username, password);
    if (checked === undefined) return { outcome: "unavailable" };
    const outcome = person && username !== undefined && readOutcome(person, checked);
    if (!outcome) {
      if (username !== undefined) this.#pace.learn(started);
      await this.#pace.wait(started);
      return { outcome: "wrong", ...(person && { account: person.uuid }) };
    }
    await this.#throttle.forget(attempt);
    return outcome;
  }

  // For whoever has no username the directory does the same work on a decoy.
  async #ask(username: string | undefined, password: string): Promise<CheckedPassword | undefined> {
    try {
      const checked = await this.#directory.checkPassword(username ?? decoy, password);
      if (checked.outcome === "right" && checked.rehash === false)
        this.#log.warn("the directory did not store an old password anew");
      return checked;
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable || error instanceof DirectoryRefused)) throw error;
      this.#log.error({ err: error }, "the directory did not check a password");
      return undefined;
    }
  }
}

/** Nothing for a password that is wrong, or must look so: a lock would tell that somebody is there. */
function readOutcome({ uuid: account }: PersonToSignIn, checked: CheckedPassword): PasswordOutcome | undefined {
  if (checked.outcome === "wrong") return undefined;
  if (checked.outcome === "right")
    return { outcome: "right", account, ...(checked.notice ? { notice: checked.notice } : {}) };
  if (checked.reason === "locked") return undefined;
  return checked.reason === "must-change" ? { outcome: "must-change", account } : { outcome: "expired", account };
}
