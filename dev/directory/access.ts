// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Who may do what in the embedded directory; slapd.ts says the same in OpenLDAP's words.

import type { Layout } from "./layout.ts";
import { isBelow, normalDn } from "./names.ts";

export class Access {
  readonly admin: string;
  readonly #service: string;
  readonly #people: string;
  readonly #groups: string;

  constructor(layout: Layout) {
    this.admin = normalDn(layout.admin);
    this.#service = normalDn(layout.service);
    this.#people = normalDn(layout.people);
    this.#groups = normalDn(layout.groups);
  }

  /** The administrator and the service account read everything, people themselves; passwords nobody but the administrator. */
  mayRead(who: string, name: string, attribute: string): boolean {
    if (who === this.admin) return true;
    if (attribute === "userPassword" || attribute === "pwdHistory") return false;
    return who === this.#service || (who !== "" && who === name);
  }

  /** The service account writes people and groups, people their own password. */
  mayWrite(who: string, name: string, attribute: string): boolean {
    if (who === this.admin) return true;
    if (who === this.#service) return [this.#people, this.#groups].some((it) => name === it || isBelow(name, it));
    return attribute === "userPassword" && isBelow(name, this.#people) && who === name;
  }

  /** Adding, removing and renaming. */
  mayPlace(who: string, name: string): boolean {
    return (
      who === this.admin || (who === this.#service && [this.#people, this.#groups].some((it) => isBelow(name, it)))
    );
  }
}
