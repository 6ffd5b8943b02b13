// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who does something: every transaction has one, and the history names it.

export type Actor =
  | { kind: "person"; uuid: string }
  | { kind: "program"; name: string }
  | { kind: "administrator"; name: string }
  | { kind: "worker" };

/** As the history keeps it: `person:<uuid>`, `program:front`, `administrator:root`, `worker`. */
export function describeActor(actor: Actor): string {
  if (actor.kind === "person") return `person:${actor.uuid}`;
  return actor.kind === "worker" ? "worker" : `${actor.kind}:${actor.name}`;
}
