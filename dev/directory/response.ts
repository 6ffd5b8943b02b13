// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The answers of the embedded directory as bytes (RFC 4511), with the controls it may add.

import { BerWriter } from "ldapts";
import { codes, type Result } from "./results.ts";

/** Request tag to the tag of its answer. */
const answers: Record<number, number> = { 96: 97, 99: 101, 102: 103, 104: 105, 74: 107, 108: 109, 110: 111, 119: 120 };

interface ResponseControl {
  oid: string;
  value: Buffer;
}

export interface Answer extends Result {
  /** In an extended response. */
  value?: string;
  control?: ResponseControl;
}

export function hasAnswer(requestTag: number): boolean {
  return answers[requestTag] !== undefined;
}

export function writeAnswer(id: number, requestTag: number, answer: Answer): Buffer {
  const writer = startMessage(id);
  writer.startSequence(answers[requestTag] ?? 120);
  writeResult(writer, answer);
  if (answer.value !== undefined) writer.writeString(answer.value, 0x8b);
  writer.endSequence();
  if (answer.control !== undefined) {
    writer.startSequence(0xa0);
    writer.startSequence();
    writer.writeString(answer.control.oid);
    writer.writeBuffer(answer.control.value, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}

export function writeEntry(id: number, dn: string, attributes: [type: string, values: Buffer[]][]): Buffer {
  const writer = startMessage(id);
  writer.startSequence(100);
  writer.writeString(dn);
  writer.startSequence();
  for (const [type, values] of attributes) {
    writer.startSequence();
    writer.writeString(type);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(value, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

/** The last word to somebody who does not speak LDAP (RFC 4511, 4.4.1). */
export function writeFarewell(message: string): Buffer {
  const writer = startMessage(0);
  writer.startSequence(120);
  writeResult(writer, { code: codes.protocolError, message });
  writer.writeString("1.3.6.1.4.1.1466.20036", 0x8a);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

/** draft-behera-ldap-password-policy, 6.2. */
export function policyControl(said: {
  error?: number;
  expiresInSeconds?: number;
  graceLeft?: number;
}): ResponseControl {
  const writer = new BerWriter();
  writer.startSequence();
  if (said.expiresInSeconds !== undefined || said.graceLeft !== undefined) {
    writer.startSequence(0xa0);
    if (said.expiresInSeconds !== undefined) writer.writeInt(said.expiresInSeconds, 0x80);
    else writer.writeInt(said.graceLeft ?? 0, 0x81);
    writer.endSequence();
  }
  if (said.error !== undefined) writer.writeEnumeration(said.error, 0x81);
  writer.endSequence();
  return { oid: policyOid, value: writer.buffer };
}

/** RFC 2696. */
export function pagedControl(cookie: string): ResponseControl {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(0);
  writer.writeString(cookie);
  writer.endSequence();
  return { oid: pagedOid, value: writer.buffer };
}

export const policyOid = "1.3.6.1.4.1.42.2.27.8.5.1";
export const pagedOid = "1.2.840.113556.1.4.319";

function startMessage(id: number): BerWriter {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  return writer;
}

function writeResult(writer: BerWriter, { code, message = "", matchedDn = "" }: Result): void {
  writer.writeEnumeration(code);
  writer.writeString(matchedDn);
  writer.writeString(message);
}
