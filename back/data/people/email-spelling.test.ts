// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { domainToASCII } from "node:url";
import { emailAddress } from "@cdb/api/shapes.ts";
import { internationalAddresses, unusableAddresses, usableAddresses } from "../../test/corpora.ts";
import { freshDatabase } from "../../test/database.ts";
import { aRegistration, front, makePerson } from "../../test/make.ts";
import { openAccount } from "../accounts/account.ts";
import { desiredEntry } from "../accounts/directory-entry.ts";
import type { Work } from "../database.ts";
import { requestEmailChange } from "./email-change.ts";

import { findByEmail, findWhoSignsIn, getPerson } from "./find-people.ts";
import { importPeople } from "./import-people.ts";
import { Person } from "./person.ts";
import { register } from "./registration.ts";
import { suppressionHash } from "./suppression.ts";

const { database } = await freshDatabase();

const inWork = <T>(verb: (work: Work) => Promise<T>) => database.transaction(front, verb);

function otherCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  );
}

for (const [address, why] of Object.entries(unusableAddresses))
  test(`${JSON.stringify(address).slice(0, 60)} is refused: ${why}`, () => {
    const { error } = emailAddress.safeParse(address);
    assert.ok(["invalid_format", "too_big"].includes(error?.issues[0]?.code ?? "taken"));
  });

for (const [address, why] of Object.entries(usableAddresses))
  test(`${address.slice(0, 60)} is kept as it is given, and found in any case: ${why}`, async () => {
    assert.equal(emailAddress.parse(address), address);
    const { id } = await inWork((work) => makePerson(work, { email: address }));
    await inWork(async (work) => {
      assert.equal((await work.get(Person, id)).email, address);
      assert.equal((await findByEmail(work, otherCase(address)))?.id, id);
      assert.equal((await makePerson(work, { email: otherCase(address) })).id, id);
      assert.equal((await work.get(Person, id)).email, address);
    });
  });

for (const [given, punycode] of Object.entries(internationalAddresses))
  for (const [first, second] of [
    [given, punycode],
    [given.replace("@", "@a."), punycode.replace("@", "@a.").toUpperCase()],
    [punycode.replace("@", "@B."), given.replace("@", "@b.")],
  ] as const)
    test(`${first} is kept as it is given, and is the person of ${second}, too`, async () => {
      for (const address of [first, second]) assert.equal(emailAddress.parse(address), address);
      const { id } = await inWork((work) => register(work, aRegistration({ email: first })));
      await inWork(async (work) => {
        assert.equal((await work.get(Person, id)).email, first);
        assert.equal((await register(work, aRegistration({ email: second }))).id, id);
        assert.equal((await findWhoSignsIn(work, second))?.person.id, id);
        assert.equal((await getPerson(work, second)).id, id);
        const list = { name: "Ada", email: second, kind: "individual", consents: [], channel: "a list" } as const;
        const wish = { update: false, ask: false, secret: "s" };
        assert.deepEqual(await importPeople(work, [{ ...list, consents: [] }], wish), [
          { outcome: "known", person: id },
        ]);
        assert.equal((await work.get(Person, id)).email, first);
      });
      assert.equal(suppressionHash(first, "s"), suppressionHash(second, "s"));
    });

test("nobody takes somebody's address by writing its domain otherwise", async () => {
  const [grace, eve] = await inWork(async (work) => [
    await makePerson(work, { email: "grace@grüße.example" }),
    await makePerson(work, { email: "eve@example.org" }),
  ]);
  await inWork(async (work) =>
    requestEmailChange(work, await work.get(Person, eve?.id ?? 0), `grace@${domainToASCII("grüße.example")}`),
  );
  const { rows } = await database.pool.query("select mail, person_id from message where recipient like 'grace@%'");
  assert.deepEqual(rows, [{ mail: "email-change-taken", person_id: null }], String(grace?.id));
});

test("the directory has the domain as DNS has it, the letters before it as they are", async () => {
  const entry = await inWork(async (work) => {
    const person = await makePerson(work, { email: "Heike@bücher.example" });
    await openAccount(work, person, "heike");
    return desiredEntry(work, "heike");
  });
  assert.equal(entry?.mail, "Heike@xn--bcher-kva.example");
});

test("a domain that is not accepted is not accepted in other letters", async () => {
  await assert.rejects(
    inWork((work) => register(work, aRegistration({ email: "x@MAILINATOR.com" }))),
    { code: "email-address-refused" },
  );
});
