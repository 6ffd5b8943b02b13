// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Who may do what in the embedded directory; docs/directory/2-database.ldif says the same in OpenLDAP's words.

import type { Layout } from "./layout.ts";
import { isBelow, normalDn, parentOf } from "./names.ts";

const readersAttributes = [
  ...["entry", "objectClass", "uid", "cn", "displayName", "givenName", "sn", "mail"],
  ...["mailLocalAddress", "mailRoutingAddress", "memberOf", "entryUUID"],
];

export class Access {
  readonly admin: string;
  readonly #service: string;
  readonly #people: string;
  readonly #groups: string;
  readonly #readers: string;

  constructor(layout: Layout) {
    this.admin = normalDn(layout.admin);
    this.#service = normalDn(layout.service);
    this.#people = normalDn(layout.people);
    this.#groups = normalDn(layout.groups);
    this.#readers = normalDn(layout.readers);
  }

  /** The administrator and the service account read everything, people themselves; passwords nobody but the administrator. */
  mayRead(who: string, name: string, attribute: string): boolean {
    if (who === this.admin) return true;
    if (attribute === "userPassword" || attribute === "pwdHistory") return false;
    return who === this.#service || (who !== "" && who === name) || this.#mayReaderRead(who, name, attribute);
  }

  /** Other services read groups, and of people what they need. */
  #mayReaderRead(who: string, name: string, attribute: string): boolean {
    if (parentOf(who) !== this.#readers) return false;
    const isGroup = name === this.#groups || isBelow(name, this.#groups);
    const isPerson = name === this.#people || isBelow(name, this.#people);
    return isGroup || (isPerson && readersAttributes.includes(attribute));
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
