// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The mails about signing in: links, and whatever changes how somebody does it.
import type { Mail } from "./mails.ts";

export const mailsOfSigningIn = {
  "login-link": {
    purpose: "sign in without a password",
    fields: ["name", "browser", "service", "time"],
    secrets: ["loginLink", "code"],
    link: false,
  },
  "sign-in-ended": {
    purpose: "tell that a sign-in was ended because its token was used twice",
    fields: ["name", "service", "time"],
    secrets: [],
    link: false,
  },
  "new-browser": {
    purpose: "tell that the password was used in a browser that had not been used before",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "signed-out-everywhere": {
    purpose: "tell that every sign-in was ended",
    fields: ["name", "time"],
    secrets: [],
    link: false,
  },
  "password-changed": {
    purpose: "tell that the password is another one",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "factor-added": {
    purpose: "tell that there is a new second proof",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "factor-removed": {
    purpose: "tell that a second proof was taken away",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "factor-guessed": {
    purpose: "tell that somebody proved the first factor and guesses the second",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "password-known": {
    purpose: "tell that somebody typed the right password and did not prove the second factor",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "factors-reset": {
    purpose: "tell that an administrator took away the second factors",
    fields: ["name", "time"],
    secrets: [],
    link: false,
  },
  "factors-left": {
    purpose: "tell that second factors of an entry that was merged into this one count no more",
    fields: ["name", "time"],
    secrets: [],
    link: false,
  },
  "factor-copied": {
    purpose: "tell that a passkey may have been copied",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "recovery-codes-made": {
    purpose: "tell that there are new recovery codes",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "recovery-code-used": {
    purpose: "tell that a recovery code was used",
    fields: ["name", "browser", "time"],
    secrets: [],
    link: false,
  },
  "service-allowed": {
    purpose: "tell that a service may see data",
    fields: ["name", "service", "browser", "time"],
    secrets: [],
    link: false,
  },
  "address-unknown": {
    purpose: "tell an address that nobody with it is known",
    fields: ["browser", "time"],
    secrets: [],
    link: false,
  },
} as const satisfies Record<string, Mail>;
