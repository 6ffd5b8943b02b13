// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// An administrator takes away what somebody has lost; the person hears of it, and sets up anew where it is needed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { resetSecondFactor } from "@cdb/api/second-factor.ts";
import { openAuth } from "@cdb/back/auth.ts";
import { Secret, TOTP } from "otpauth";
import { backSecret, openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const client = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: backSecret });
const front = await openClient(auth.issuer);

async function personWithFactors(name: string) {
  const person = await auth.addPerson(name, password);
  const { apps, recoveryCodes } = auth.auth.secondFactor;
  for (const device of ["Phone", "Tablet"]) {
    const { text, sealed } = apps.begin(person.uuid, name);
    const code = new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) }).generate();
    assert.equal(await apps.confirm(person.uuid, { sealed, code, name: device, onlyFirst: false }), "added");
  }
  await recoveryCodes.make(person.uuid);
  return person;
}

async function titleAfterPassword(name: string): Promise<string | undefined> {
  const page = await signInByPassword(
    openBrowser(auth.issuer),
    (await front.begin()).url,
    name.toLowerCase(),
    password,
  );
  return /<h1>([^<]*)<\/h1>/.exec(page.text)?.[1];
}

test("all of somebody's factors and codes go, nobody else's, and they are told who did it", async () => {
  const person = await personWithFactors("Ada");
  const other = await personWithFactors("Bob");
  const reset = () => client.call(resetSecondFactor, { params: { uuid: person.uuid }, query: { by: "grace" } });
  assert.deepEqual(await reset(), { removed: 2 });
  assert.deepEqual(await reset(), { removed: 0 });
  assert.equal(await auth.auth.secondFactor.recoveryCodes.left(person.uuid), 0);
  assert.equal((await auth.auth.secondFactor.factors.of(other.uuid)).length, 2);
  await auth.auth.tasks.finished();
  const told = auth.back.events.filter(({ uuid, kind }) => uuid === person.uuid && kind === "factors-reset");
  assert.deepEqual(
    told.map(({ detail }) => detail),
    ["by grace"],
  );
});

test("then the password is enough, but for staff, who set up another", async () => {
  const person = await personWithFactors("Cleo");
  assert.equal(await titleAfterPassword("Cleo"), "The second factor");
  await client.call(resetSecondFactor, { params: { uuid: person.uuid }, query: { by: "grace" } });
  assert.equal(await titleAfterPassword("Cleo"), undefined);
  person.staffScopes = ["people:read"];
  assert.equal(await titleAfterPassword("Cleo"), "Set up a second factor");
});
