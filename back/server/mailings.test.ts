// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mailings by the staff's API: what one wrote another approves, and nobody sees more of people than their scopes say.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openAccount } from "../data/accounts/account.ts";
import { addToGroup } from "../data/accounts/group-requests.ts";
import { setConsent } from "../data/people/consent.ts";
import { approveRole } from "../data/people/role.ts";
import { administrator, makeAPledge, makePerson } from "../test/make.ts";
import { type Answer, testServer } from "../test/server.ts";
import { personToken, programToken } from "../test/tokens.ts";

const { call, database } = await testServer();
const staff: Record<"wanda" | "abel", string> = { wanda: "", abel: "" };
let ada = 0;
let count = 0;

before(async () => {
  for (const name of ["wanda", "abel"] as const) staff[name] = await makeStaff(name);
  ada = await database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { name: "Ada", email: "ada@example.org" });
    person.confirm(work, "link");
    await setConsent(work, person, "newsletter", true, { channel: "/settings" });
    await makeAPledge(work, person);
    return person.id;
  });
});

async function makeStaff(name: string): Promise<string> {
  return database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { name, email: `${name}@example.org`, language: "de" });
    await approveRole(work, person, { name: "staff", reason: "" });
    await openAccount(work, person, name);
    await addToGroup(work, person, "donor-care", "");
    return person.uuid;
  });
}

const all = "mailings:write mailings:approve mailings:send people:read payments:read";

async function as(who: keyof typeof staff, method: string, path: string, body?: unknown, scope = all): Promise<Answer> {
  const token = await personToken(staff[who], { claims: { scope, amr: ["pwd", "mfa"] } });
  const { status, body: answer } = await call(method, path, token, body);
  return { status, ...answer };
}

async function written(wish: Record<string, unknown> = {}): Promise<Answer> {
  count += 1;
  const body = { name: `news-${count}`, purpose: "newsletter", selector: "", replyTo: "", public: false, ...wish };
  const { id } = await as("wanda", "POST", "/mailings", body);
  return as("wanda", "PUT", `/mailings/${id}/texts/en`, { subject: "News", body: "Dear {name|friend}" });
}

test("one writes, another approves what they saw, and it is sent; nobody approves their own", async () => {
  const { id, digest, audience } = await written();
  assert.deepEqual(audience, { picked: 3, gets: 1, languages: { en: 1 }, leftOut: { "not-agreed": 2 } });
  const path = `/mailings/${id}`;
  assert.equal((await as("wanda", "POST", `${path}/approval`, { digest })).code, "approval-own");
  const changed = await as("wanda", "PUT", `${path}/texts/en`, { subject: "News", body: "Dear {name|reader}" });
  assert.equal((await as("abel", "POST", `${path}/approval`, { digest })).code, "approval-outdated");
  assert.equal((await as("abel", "PUT", `${path}/schedule`, {})).code, "mailing-state");
  const approved = await as("abel", "POST", `${path}/approval`, { digest: changed.digest });
  assert.deepEqual(
    [approved.state, approved.madeBy, approved.approvedBy, approved.approvedCount],
    ["approved", `person:${staff.wanda}`, `person:${staff.abel}`, 1],
  );
  assert.equal((await as("wanda", "PUT", `${path}/schedule`, { at: "2020-01-01T00:00:00Z" })).code, "moment-passed");
  assert.equal((await as("wanda", "PUT", `${path}/schedule`, { at: "2999-01-01T00:00:00Z" })).code, "moment-far");
  assert.equal((await as("wanda", "PUT", `${path}/schedule`, {})).state, "scheduled");
  assert.equal((await as("abel", "POST", `${path}/course`, { do: "pause" })).state, "paused");
  assert.equal((await as("abel", "POST", `${path}/course`, { do: "resume" })).state, "scheduled");
  assert.equal((await as("abel", "POST", `${path}/course`, { do: "stop" })).state, "stopped");
  assert.equal((await as("wanda", "PATCH", path, { purpose: "info" })).code, "mailing-state");
});

test("a change takes the approval back, and two who approve at once approve once", async () => {
  const { id, digest } = await written();
  const approve = () => as("abel", "POST", `/mailings/${id}/approval`, { digest });
  const both = await Promise.all([approve(), approve()]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  const { state, approvedBy } = await as("wanda", "PATCH", `/mailings/${id}`, { replyTo: "wanda@example.org" });
  assert.deepEqual([state, approvedBy], ["draft", null]);
  assert.equal((await as("abel", "PUT", `/mailings/${id}/schedule`, {})).code, "mailing-state");
});

test("two who take one name at once: one gets it", async () => {
  const [one, other] = [await written(), await written()];
  for (const name of ["same-1", "same-2", "same-3"]) {
    const wish = { name, purpose: "newsletter", selector: "", replyTo: "", public: false };
    const answers = await Promise.all([
      as("wanda", "PATCH", `/mailings/${one.id}`, { name }),
      as("abel", "PATCH", `/mailings/${other.id}`, { name }),
      as("abel", "POST", "/mailings", wish),
      as("wanda", "POST", "/mailings", wish),
    ]);
    const refused = answers.filter(({ code }) => code === "name-taken");
    assert.equal(refused.length, 3, JSON.stringify(answers.map(({ status, code }) => [status, code])));
  }
});

test("without a text, or where nobody would get it, there is nothing to approve", async () => {
  const { id, digest } = await written({ selector: 'name == "Nobody"' });
  assert.equal((await as("abel", "POST", `/mailings/${id}/approval`, { digest })).code, "audience-empty");
  assert.equal((await as("wanda", "DELETE", `/mailings/${id}/texts/en`)).status, 204);
  assert.equal((await as("wanda", "DELETE", `/mailings/${id}/texts/en`)).status, 404);
  const { digest: empty } = await as("abel", "GET", `/mailings/${id}`);
  assert.equal((await as("abel", "POST", `/mailings/${id}/approval`, { digest: empty })).code, "text-missing");
});

test("who writes sees of people what their scopes open: no reader, and no count by a field", async () => {
  const { id } = await written();
  const preview = (scope: string) => as("wanda", "POST", `/mailings/${id}/previews`, { person: ada }, scope);
  assert.equal((await preview("mailings:write")).code, "scope-missing");
  assert.equal((await preview(all)).text.split("\n")[0], "Dear Ada");
  assert.equal(
    (await as("wanda", "POST", `/mailings/${id}/previews`, {}, "mailings:write")).text.split("\n")[0],
    "Dear friend",
  );
  const pick = (selector: string, scope: string) => as("wanda", "PATCH", `/mailings/${id}`, { selector }, scope);
  assert.equal((await pick('name == "Ada"', "mailings:write")).code, "selector-field-forbidden");
  assert.equal((await pick("donations.count >= 0", "mailings:write people:read")).code, "selector-field-forbidden");
  assert.equal((await pick("donations.count >= 0", all)).audience.gets, 1);
  const explain = (scope: string) => as("wanda", "POST", `/mailings/${id}/explanations`, { person: ada }, scope);
  assert.equal((await explain("people:read")).code, "selector-field-forbidden");
  const why = await explain("people:read payments:read");
  assert.deepEqual([why.gets, why.why], [true, null]);
  const { rows } = await database.pool.query(
    "select count(*)::int as n from history where person_id = $1 and verb = 'looked-at' and actor = $2",
    [ada, `person:${staff.wanda}`],
  );
  assert.equal(rows[0].n, 2);
});

test("a test goes to whoever asks, as a task; a program has no mailbox", async () => {
  const { id } = await written();
  assert.equal((await as("wanda", "POST", `/mailings/${id}/tests`, {})).status, 204);
  const { rows } = await database.pool.query("select data from pgboss.job where name = 'send-test'");
  assert.deepEqual([rows.length, rows[0].data.mailingId, rows[0].data.language], [1, id, "en"]);
  const token = await programToken("front", ["mailings:write"]);
  assert.equal((await call("POST", `/mailings/${id}/tests`, token, {})).body.code, "tester-without-address");
  assert.equal((await as("wanda", "POST", `/mailings/${id}/tests`, { language: "de" })).code, "text-unknown");
});
