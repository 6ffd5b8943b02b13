// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// One request of a client in, the bytes of all answers out; binding and the extended operations are here themselves.

import { createHash, timingSafeEqual } from "node:crypto";
import { InvalidAsn1Error } from "ldapts";
import { addEntry, deleteEntry, modifyEntry, modifyPassword, renameEntry } from "./changes.ts";
import { normalDn } from "./names.ts";
import { checkEntryPassword, PolicyRefusal, refusals } from "./password-policy.ts";
import type { Message, Request, RequestControl } from "./request.ts";
import { type Answer, pagedOid, policyControl, policyOid, writeAnswer } from "./response.ts";
import { codes, LdapError } from "./results.ts";
import { compare, search } from "./search.ts";
import type { Session } from "./session.ts";

const done: Answer = { code: codes.success };
const whoAmI = "1.3.6.1.4.1.4203.1.11.3";
const passwordModify = "1.3.6.1.4.1.4203.1.11.1";
const startTls = "1.3.6.1.4.1.1466.20037";
const relaxOid = "1.3.6.1.4.1.4203.666.5.12";
const understood = [pagedOid, policyOid, relaxOid, "2.16.840.1.113730.3.4.2"];

/** Never throws: what goes wrong is an answer too. */
export async function answer(session: Session, message: Message): Promise<Buffer> {
  let controls: RequestControl[] = [];
  const finish = (it: Answer): Buffer => writeAnswer(message.id, message.tag, it);
  try {
    const request = message.request();
    controls = message.controls();
    if (controls.some((it) => it.critical && !understood.includes(it.oid))) {
      throw new LdapError("unavailableCriticalExtension", "critical extension is not recognized");
    }
    session.isRelaxed = session.who === session.access.admin && controls.some(({ oid }) => oid === relaxOid);
    if (request.kind === "search") {
      assertFree(session);
      const found = search(session, message.id, request, controls);
      return Buffer.concat([...found.entries, finish(found.answer)]);
    }
    const result = await carryOut(session, request, controls);
    await session.store.save();
    return finish(result);
  } catch (error) {
    await session.store.save();
    return finish(explain(error, controls));
  }
}

function explain(error: unknown, controls: RequestControl[]): Answer {
  const wantsPolicy = controls.some((it) => it.oid === policyOid);
  if (error instanceof PolicyRefusal && wantsPolicy) return { ...error.result, control: policyControl(error.says) };
  if (error instanceof LdapError) return error.result;
  if (error instanceof InvalidAsn1Error) return { code: codes.protocolError, message: "the request makes no sense" };
  return { code: codes.other, message: "a mistake of the server" };
}

async function carryOut(session: Session, request: Request, controls: RequestControl[]): Promise<Answer> {
  const isAlwaysAllowed = request.kind === "bind" || request.kind === "modify" || request.kind === "extended";
  if (!isAlwaysAllowed) assertFree(session);
  switch (request.kind) {
    case "bind":
      return await bind(session, request, controls);
    case "compare":
      return compare(session, request.dn, request.type, request.value);
    case "add":
      await addEntry(session, request);
      return done;
    case "modify":
      await modifyEntry(session, request);
      return done;
    case "delete":
      deleteEntry(session, request);
      return done;
    case "rename":
      renameEntry(session, request);
      return done;
    case "extended":
      return await extended(session, request.oid, request.value);
    default:
      throw new LdapError("protocolError", "no such operation");
  }
}

function assertFree(session: Session): void {
  if (session.mustChange) throw new LdapError("insufficientAccessRights", "the password must be changed first");
}

async function bind(
  session: Session,
  { version, dn, password }: Extract<Request, { kind: "bind" }>,
  controls: RequestControl[],
): Promise<Answer> {
  Object.assign(session, { who: "", dn: "", mustChange: false });
  if (version !== 3) throw new LdapError("protocolError", "the version is 3");
  if (password === undefined) throw new LdapError("authMethodNotSupported", "only simple binds");
  if (dn === "") return done;
  if (password.length === 0) throw new LdapError("unwillingToPerform", "a name without a password proves nothing");
  const who = normalDn(dn);
  if (who === session.access.admin) {
    if (!isSame(password, Buffer.from(session.adminPassword))) throw new LdapError("invalidCredentials", "");
    Object.assign(session, { who, dn });
    return done;
  }
  const says = await checkEntryPassword(session.store, who, password, session.layout.policy);
  Object.assign(session, { who, dn, mustChange: says.error === refusals.mustChange });
  const hasControl = controls.some((it) => it.oid === policyOid) && Object.keys(says).length > 0;
  return hasControl ? { ...done, control: policyControl(says) } : done;
}

function isSame(left: Buffer, right: Buffer): boolean {
  const [a, b] = [left, right].map((it) => createHash("sha256").update(it).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

async function extended(session: Session, oid: string, value: Buffer | undefined): Promise<Answer> {
  switch (oid) {
    case whoAmI:
      assertFree(session);
      return { ...done, value: session.dn === "" ? "" : `dn:${session.dn}` };
    case passwordModify:
      await modifyPassword(session, value);
      return done;
    case startTls:
      if (session.isEncrypted) throw new LdapError("operationsError", "TLS is there already");
      if (session.tls === undefined) throw new LdapError("unavailable", "no TLS here");
      session.startsTls = true;
      return done;
    default:
      throw new LdapError("protocolError", "no such extended operation");
  }
}
