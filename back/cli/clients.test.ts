// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Clients, resource servers and keys on the command line, with a real auth at the other end.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { backSecret, startAuth } from "@cdb/auth/test/start.ts";
import { exportJWK, generateKeyPair } from "jose";
import { runCdb } from "./test/run-cdb.ts";

const auth = await startAuth();
const settings = { DATABASE_URL: "postgresql://none@127.0.0.1:9/none", AUTH_URL: auth.issuer };
const cdb = (...args: string[]) => runCdb(args, { ...settings, BACK_CLIENT_SECRET: backSecret });
const callback = "https://wiki.example.org/callback";
const resource = "https://calendar.example.org";

test("a client is added, shown, changed, given a new secret and removed", async () => {
  const added = await cdb("clients", "add", "wiki", "--name", "Wiki", "--first-party", "--redirect-uris", callback);
  assert.equal(added.code, 0, added.err);
  const [, secret = ""] = /shown this once:\n {2}([0-9a-f]{64})\n$/.exec(added.out) ?? [];
  assert.ok(secret);
  assert.match((await cdb("clients", "list")).out, /^wiki +Wiki +yes +client_secret_basic +authorization_code /m);
  const changed = await cdb(
    "clients",
    "change",
    "wiki",
    "--no-pkce",
    "--tos-uri",
    "https://wiki.example.org/t",
    "--json",
  );
  assert.deepEqual(
    [JSON.parse(changed.out).client.pkce_required, JSON.parse(changed.out).client_secret],
    [false, null],
  );
  const unset = JSON.parse((await cdb("clients", "change", "wiki", "--unset", "tos_uri", "--pkce", "--json")).out);
  assert.deepEqual([unset.client.tos_uri, unset.client.pkce_required], [undefined, true]);
  const rotated = JSON.parse((await cdb("clients", "rotate-secret", "wiki", "--overlap", "2", "--json")).out);
  assert.match(rotated.client_secret, /^[0-9a-f]{64}$/);
  assert.notEqual(rotated.client_secret, secret);
  const shown = await cdb("clients", "show", "wiki");
  assert.match(shown.out, /^redirect_uris +https:\/\/wiki\.example\.org\/callback$/m);
  assert.match(shown.out, new RegExp(`secret rotated by ${os.userInfo().username}\\n`));
  assert.ok(!shown.out.includes(secret) && !shown.out.includes(rotated.client_secret));
  assert.match((await cdb("clients", "remove", "wiki")).out, /wiki is removed/);
  const gone = await cdb("clients", "show", "wiki");
  assert.deepEqual([gone.code, gone.out], [1, ""]);
  assert.match(gone.err, /There is no client of this id.*cdb clients list/);
});

test("a client with keys of its own names them by a file; a resource server comes before the scopes of it", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "cdb-clients-"));
  const { publicKey } = await generateKeyPair("ES256");
  const file = path.join(folder, "import.jwks.json");
  writeFileSync(file, JSON.stringify({ keys: [await exportJWK(publicKey)] }));
  const add = () =>
    cdb(
      ...["clients", "add", "import", "--first-party", "--auth-method", "private_key_jwt", "--jwks", file],
      ...["--grant-types", "client_credentials", "--program-scopes", "registrations:write", "payments:start"],
      ...["--resource-scopes", `${resource}=events:read`, "--json"],
    );
  const early = await add();
  assert.equal(early.code, 1);
  assert.match(JSON.parse(early.err).error.sentence, /resource_scopes: .*not known/);
  await cdb("resources", "set", resource, "--name", "Calendar", "--scope", "events:read=see dates", "--scope", "b=c");
  const { client } = JSON.parse((await add()).out);
  assert.deepEqual(client.resource_scopes, { [resource]: ["events:read"] });
  assert.deepEqual(client.program_scopes, ["registrations:write", "payments:start"]);
  assert.match((await cdb("resources", "list")).out, /^https:\/\/calendar\.example\.org +Calendar +b events:read$/m);
  assert.match((await cdb("resources", "remove", resource)).err, /may still ask for it: import/);
});

test("every mistake is named, and what auth does not know is refused before it is asked", async () => {
  const both = await cdb(
    "clients",
    "add",
    "x",
    "--redirect-uris",
    "http://x.example.org",
    "--pairwise",
    "--person-scopes",
    "self:read",
  );
  assert.equal(both.code, 1);
  for (const words of [/redirect_uris\.0: Must begin with https/, /subject_type: /, /client_name: /])
    assert.match(both.err, words);
  for (const args of [
    ["add", "x", "--auth-method", "client_secret_jwt"],
    ["add", "x", "--jwks", "/nonexistent"],
    ["add", "x", "--resource-scopes", "https://x.example.org"],
    ["change", "x"],
    ["rotate-secret", "x", "--overlap", "721"],
  ])
    assert.equal((await cdb("clients", ...args)).code, 2, args.join(" "));
});

test("keys are listed and rotated; too early is said so", async () => {
  const list = await cdb("keys", "list");
  assert.equal(list.out.match(/ (active|next) /g)?.length, 6);
  const early = await cdb("keys", "rotate");
  assert.equal(early.code, 1);
  assert.match(early.err, /published less than 1 hour ago/);
  const { keys } = JSON.parse((await cdb("keys", "rotate", "--leaked", "--json")).out);
  assert.equal(keys.length, 6);
  assert.ok(keys.every(({ kid }: { kid: string }) => !list.out.includes(kid)));
});

test("the doctor says whether auth takes our orders", async () => {
  const look = async (secret: string) => {
    const { out } = await runCdb(["doctor", "--json"], { ...settings, BACK_CLIENT_SECRET: secret });
    const { checks } = JSON.parse(out) as { checks: { about: string; state: string; says: string }[] };
    return checks.find(({ about }) => about === "auth takes our orders");
  };
  assert.equal((await look(backSecret))?.state, "ok");
  const refused = await look("anothersecretanothersecret");
  assert.equal(refused?.state, "wrong");
  assert.match(refused?.says ?? "", /BACK_CLIENT_SECRET must be the same/);
});

test("where auth is not, or takes us for a stranger, a sentence says what to look at", async () => {
  const nowhere = await runCdb(["keys", "list"], {
    ...settings,
    AUTH_URL: "http://127.0.0.1:9",
    BACK_CLIENT_SECRET: backSecret,
  });
  assert.deepEqual([nowhere.code, nowhere.out], [3, ""]);
  assert.match(nowhere.err, /auth does not answer .*AUTH_URL/);
  const stranger = await runCdb(["keys", "list"], { ...settings, BACK_CLIENT_SECRET: "anothersecretanothersecret" });
  assert.equal(stranger.code, 1);
  assert.match(stranger.err, /BACK_CLIENT_SECRET must be the same/);
});
