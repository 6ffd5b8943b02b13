// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Forged, altered and stale notices, signed here by hand so that Stripe's library is not its own judge.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { ForgedNotice, UnreadableNotice } from "./errors.ts";
import { readSignedEvent } from "./stripe-signature.ts";

const secret = "whsec_of-today";
const old = "whsec_of-yesterday";
const now = 1_800_000_000_000;
const moment = now / 1000;
const body = JSON.stringify({ id: "evt_1", object: "event", type: "x", data: { object: { name: "Zoë" } } }, null, 2);

function sign(text: string | Buffer, { by = secret, at = moment }: { by?: string; at?: number } = {}): string {
  return createHmac("sha256", by).update(`${at}.`).update(text).digest("hex");
}

function header(options: { by?: string; at?: number } = {}): string {
  return `t=${options.at ?? moment},v1=${sign(body, options)}`;
}

function read(text: string | Uint8Array, signature: string | null, secrets = [secret]): string {
  return readSignedEvent(text, signature, secrets, now).event.id;
}

function refused(text: string | Uint8Array, signature: string | null, secrets = [secret]): void {
  assert.throws(() => read(text, signature, secrets), ForgedNotice, `${signature}`);
}

test("a genuine notice is read, from text and from bytes", () => {
  assert.equal(read(body, header()), "evt_1");
  assert.equal(read(Buffer.from(body), header()), "evt_1");
});

test("every flipped bit of the body is noticed", () => {
  const bytes = Buffer.from(body);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    refused(altered, header());
  }
});

test("every flipped bit of the signature header is noticed", () => {
  const genuine = Buffer.from(header());
  for (let bit = 0; bit < genuine.length * 8; bit++) {
    const altered = Buffer.from(genuine);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    refused(body, altered.toString("latin1"));
  }
});

test("both secrets are good while one is exchanged for another, and the old one not afterwards", () => {
  assert.equal(read(body, header({ by: old }), [secret, old]), "evt_1");
  assert.equal(read(body, header({ by: secret }), [old, secret]), "evt_1");
  refused(body, header({ by: old }));
  refused(body, header(), []);
  refused(body, `t=${moment},v1=${createHmac("sha256", "").update(`${moment}.${body}`).digest("hex")}`, [""]);
});

test("a notice is good for 300 seconds to either side", () => {
  for (const age of [299, 300, -299, -300]) assert.equal(read(body, header({ at: moment - age })), "evt_1");
  for (const age of [301, 86_400, -301, -86_400]) refused(body, header({ at: moment - age }));
});

test("a second moment cannot make an old notice young", () => {
  const at = moment - 1000;
  refused(body, `t=${at},t=${moment},v1=${sign(body, { at })}`);
  refused(body, `t=${moment},t=${at},v1=${sign(body, { at })}`);
});

test("one good signature among several is enough, as Stripe sends them during an exchange", () => {
  assert.equal(read(body, `t=${moment},v1=${sign(body, { by: "whsec_other" })},v1=${sign(body)}`), "evt_1");
  assert.equal(read(body, `t=${moment},v1=${sign(body)},v0=${"0".repeat(64)}`), "evt_1");
  refused(body, `t=${moment},v1=${"0".repeat(64)},v1=${sign(body, { by: old })}`);
});

test("headers that sign nothing are refused", () => {
  const signature = sign(body);
  const broken = [
    null,
    "",
    "v1",
    `v1=${signature}`,
    `t=${moment}`,
    `t=,v1=${signature}`,
    `t=${moment},v0=${signature}`,
  ];
  const odd = [`t=${moment}x,v1=${signature}`, `t=-1,v1=${signature}`, `t=NaN,v1=${signature}`, `t=${moment},v1=`];
  for (const each of [...broken, ...odd, "\u0000".repeat(100_000), ",".repeat(100_000)]) refused(body, each);
});

test("a body that was read and written again, or wears a byte order mark, is refused", () => {
  refused(JSON.stringify(JSON.parse(body)), header());
  refused(`${body}\n`, header());
  refused(Buffer.concat([Buffer.from("efbbbf", "hex"), Buffer.from(body)]), header());
  refused("", header());
});

test("broken UTF-8 is not taken for the signs that would replace it", () => {
  const signed = '{"name":"\ufffd"}';
  refused(
    Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    `t=${moment},v1=${sign(signed)}`,
  );
});

test("what is signed but is no event is unreadable, not forged", () => {
  for (const text of ["not JSON", '{"object":"v2.core.event"}'])
    assert.throws(() => read(text, `t=${moment},v1=${sign(text)}`), UnreadableNotice, text);
});
