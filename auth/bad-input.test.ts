// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Chance } from "@cdb/back/test/chance.ts";
import * as corpora from "@cdb/back/test/corpora.ts";
import { fieldsIn, tagsIn } from "@cdb/front/test/html.ts";
import type { Browser, Page } from "./test/browser.ts";
import { openBrowser, openClient, startAuth } from "./test/start.ts";

const auth = await startAuth();
const front = await openClient(auth.issuer);
const ada = await auth.addPerson("Ada", "analytical engine");
const chance = new Chance();
let networks = 0;

// Each try from a network of its own: what is looked for here is not the throttle.
async function waitingBrowser(): Promise<{ browser: Browser; form: Page }> {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.${networks >> 16}.${(networks >> 8) & 255}.${networks & 255}`;
  return { browser, form: await browser.open((await front.begin()).url) };
}

function texts(step: number, more: readonly string[] = []): string[] {
  const start = chance.upTo(step);
  const naughty = corpora.naughtyStrings.filter((_, index) => index % step === start);
  return [...more, ...corpora.oddTexts, ...naughty].filter((text) => text.length < 40_000 && text.isWellFormed());
}

/** Some at a time: who guesses a password waits for the answer. */
async function forEach(list: string[], verb: (text: string) => Promise<void>): Promise<void> {
  const left = [...list];
  const hand = async () => {
    for (let text = left.pop(); text !== undefined; text = left.pop()) await verb(text);
  };
  await Promise.all(Array.from({ length: 12 }, hand));
}

const passkeyScript = /<script type="module" src="\/passkey\.[0-9a-f]{12}\.js"><\/script>/;

function assertHarmless({ status, text, headers }: Page, what: string): void {
  assert.ok(status < 500, `${what}: ${status} ${text.slice(0, 500)}`);
  if (!/^text\/html/.test(headers.get("content-type") ?? "")) return;
  for (const { name, attributes } of tagsIn(text.replace(passkeyScript, ""))) {
    assert.ok(!/^(script|img|iframe|object|embed|base|style|foo)$/.test(name), `<${name}>: ${what}`);
    for (const attribute of Object.keys(attributes)) assert.doesNotMatch(attribute, /^(on|style$|src$)/, what);
    if (name !== "link") assert.match(attributes.href ?? "/", /^(\/|#|mailto:|otpauth:|https?:)/, what);
  }
}

test(`whatever is typed as who one is, the page stands again with it or a mail is promised (seed ${chance.seed})`, async () => {
  const addresses = [corpora.usableAddresses, corpora.unusableAddresses].flatMap(Object.keys);
  await forEach(texts(2, addresses), async (identifier) => {
    const { browser, form } = await waitingBrowser();
    const page = await browser.submit(form, { identifier, password: "" });
    const what = `identifier ${JSON.stringify(identifier).slice(0, 100)}`;
    assertHarmless(page, what);
    if (page.status === 422) assert.equal(fieldsIn(page.text).get("identifier"), identifier.slice(0, 254), what);
    else assert.match(page.url, /\/link(\?|$)/, `${what}: ${page.status}`);
  });
});

test(`whatever is typed as a password, it is wrong and stands on no page (seed ${chance.seed})`, async () => {
  await forEach(
    texts(12, ["Analytical engine", "analytical engine ", "analytical engine\u0000", "analytical\nengine"]),
    async (password) => {
      const { browser, form } = await waitingBrowser();
      const page = await browser.submit(form, { identifier: "ada", password });
      const what = `password ${JSON.stringify(password).slice(0, 100)}`;
      assertHarmless(page, what);
      if (password.trim() === "") return;
      assert.ok([422, 429].includes(page.status), `${what}: ${page.status}`);
      assert.equal(fieldsIn(page.text).get("password"), "", what);
      const echo = JSON.stringify(password).slice(1, 60);
      assert.ok(password.length < 6 || !page.text.includes(echo.slice(0, -1)), `an echo: ${what}`);
    },
  );
});

test(`whatever is typed as an old or a new password, nothing changes and it stands on no page (seed ${chance.seed})`, async () => {
  const bob = await auth.addPerson("Bob", "difference engine");
  const { browser } = await waitingBrowser();
  const signIn = await browser.open(`${auth.issuer}/account/password`);
  const form = await browser.submit(signIn, { identifier: bob.email, password: "difference engine" });
  await forEach(texts(12, ["difference engine", "moosy\u0000candle ring", "x".repeat(2_000)]), async (text) => {
    const what = `password ${JSON.stringify(text).slice(0, 100)}`;
    for (const typed of [
      { old: text, wished: "mossy candle ring", again: "mossy candle" },
      { old: "not it", wished: text, again: text },
    ]) {
      const page = await browser.submit(form, typed);
      assertHarmless(page, what);
      assert.ok([422, 429].includes(page.status), `${what}: ${page.status}`);
      for (const name of ["old", "wished", "again"]) assert.equal(fieldsIn(page.text).get(name), "", what);
    }
  });
});

test(`whatever is typed as a code or stands in a link, it opens nothing (seed ${chance.seed})`, async () => {
  const { browser, form } = await waitingBrowser();
  const asked = await browser.submit(form, { identifier: ada.email, password: "" });
  await forEach(texts(6, ["A".repeat(43), `${"A".repeat(43)}\n`]), async (text) => {
    const what = JSON.stringify(text).slice(0, 100);
    const code = await browser.submit(asked, { code: text });
    assertHarmless(code, `code ${what}`);
    assert.ok([422, 429].includes(code.status), `code ${what}: ${code.status}`);
    const shown = await browser.open(`${auth.issuer}/sign-in/link?token=${encodeURIComponent(text)}`);
    assertHarmless(shown, `link ${what}`);
    const pressed = await browser.send(`${auth.issuer}/sign-in/link`, { token: text, here: "yes" });
    assertHarmless(pressed, `token ${what}`);
    assert.deepEqual([shown.status, pressed.status], [410, 410], what);
  });
});

test(`whatever is typed as a code or a name of a second factor, the page stands again (seed ${chance.seed})`, async () => {
  const cleo = await auth.addPerson("Cleo", "difference engine");
  const { browser } = await waitingBrowser();
  const address = `${auth.issuer}/account/second-factor`;
  const signIn = await browser.open(`${address}/app`);
  const form = await browser.submit(signIn, { identifier: cleo.email, password: "difference engine" });
  assert.match(form.text, /<h1>Add an authenticator app/);
  const odd = texts(16, ["000000", "0".repeat(100_000), "\u0000", "６５４３２１"]);
  for (const typed of odd) {
    const what = JSON.stringify(typed).slice(0, 100);
    for (const fields of [{ code: typed }, { code: "000000", sealed: typed }, { code: "000000", name: typed }]) {
      const page = await browser.submit(form, fields);
      assertHarmless(page, what);
      assert.ok([413, 422].includes(page.status), `${what}: ${page.status}`);
    }
    for (const part of ["", "/passkey"]) {
      const sent = await browser.send(address + part, { do: typed, factor: typed, answer: typed, name: typed });
      assertHarmless(sent, what);
    }
  }
  assert.deepEqual(await auth.auth.secondFactor.factors.of(cleo.uuid), []);
});

test(`whatever stands in the address at which a sign-in begins, the answer is a page or a way back (seed ${chance.seed})`, async () => {
  const names =
    "client_id redirect_uri scope state nonce prompt login_hint ui_locales lang code_challenge resource max_age claims acr_values id_token_hint response_type response_mode request registration display".split(
      " ",
    );
  const all = texts(3).map(encodeURIComponent);
  const broken = [
    "%",
    "%E0%A4%A",
    "J%FCrgen",
    "%00",
    "%ED%A0%80",
    "{}",
    "[]",
    "%7B%22id_token%22%3A%7B%22__proto__%22%3Anull%7D%7D",
  ];
  const { url } = await front.begin();
  await forEach([...broken, ...all.filter((text) => text.length < 3_000)], async (text) => {
    for (const name of [chance.pick(names), chance.pick(names)]) {
      const address = new URL(url);
      address.searchParams.delete(name);
      const browser = openBrowser(auth.issuer);
      assertHarmless(await browser.open(`${address}&${name}=${text}`), `${name}=${text.slice(0, 100)}`);
      assertHarmless(
        await browser.open(`${auth.issuer}/sign-in/${text}?lang=${text}`),
        `/sign-in/${text.slice(0, 100)}`,
      );
    }
  });
});
