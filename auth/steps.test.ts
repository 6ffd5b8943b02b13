// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Each step of a sign-in, done twice, late, out of order, with another's cookies or with spoilt ones: there is always a way on.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { formsIn } from "@cdb/back/conformance/html-form.ts";
import { openClient, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
await auth.addPerson("Ada", password);
await auth.addPerson("Bob", password);
await auth.addClient({
  client_id: "game",
  client_secret: "gamesecretgamesecret",
  client_name: "Game",
  redirect_uris: ["https://front.example.org/signed-in"],
  grant_types: ["authorization_code"],
  first_party: false,
});
const game = await openClient(auth.issuer, "game", "gamesecretgamesecret");
const evil = "evil.example.org";

interface Step {
  method: "GET" | "POST";
  url: string;
  body: string;
  /** The cookies that a browser sends with it. */
  cookie: string;
}

interface Answer {
  status: number;
  location: string | undefined;
  cookies: string[];
  text: string;
  type: string;
}

function send({ method, url, body, cookie }: Step, headers: Record<string, string> = {}): Promise<Answer> {
  const form = { Origin: auth.issuer, "Content-Type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const asking = http.request(url, {
      method,
      headers: { Cookie: cookie, ...(method === "POST" ? form : {}), ...headers },
    });
    asking.on("error", reject);
    asking.on("response", async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      const { location, "set-cookie": cookies = [], "content-type": type = "" } = answer.headers;
      resolve({ status: answer.statusCode ?? 0, location, cookies, text, type });
    });
    asking.end(body);
  });
}

/** Keeps cookies as a browser does; `spoil` changes the value of each. */
class Jar {
  readonly #kept = new Map<string, { pair: string; path: string }>();

  header(url: string): string {
    const { pathname } = new URL(url);
    const fits = ({ path }: { path: string }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, "/"));
    return [...this.#kept.values()]
      .filter(fits)
      .map(({ pair }) => pair)
      .join("; ");
  }

  keep(lines: string[]): void {
    for (const line of lines) {
      const [pair = ""] = line.split(";");
      const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? "/";
      const key = `${pair.split("=")[0]} ${path}`;
      if (/=$/.test(pair)) this.#kept.delete(key);
      else this.#kept.set(key, { pair, path });
    }
  }
}

const spoil = (cookie: string) => cookie.replace(/=(.)/g, (_, first: string) => `=${first === "x" ? "y" : "x"}`);

/** A step that follows from an answer: a redirect is followed, a form is filled in. Nothing follows at the client. */
function next(step: Step, answer: Answer, who: string, jar: Jar): Step | undefined {
  const go = (url: string, method: Step["method"] = "GET", body = ""): Step | undefined =>
    url.startsWith(auth.issuer) ? { method, url, body, cookie: jar.header(url) } : undefined;
  if (answer.location) return go(new URL(answer.location, step.url).href);
  const [form] = formsIn(answer.text);
  assert.ok(form, `${answer.status} ${answer.text}`);
  const typed = form.asked.includes("password") ? { identifier: who, password } : {};
  return go(new URL(form.action, step.url).href, "POST", new URLSearchParams({ ...form.values, ...typed }).toString());
}

type Visit = (step: Step, number: number) => Promise<Answer>;

/** Signs in and allows; `visit` carries out each step. Returns the steps, and where the browser was sent at last. */
async function walk(visit: Visit = (step) => send(step), jar = new Jar(), who = "ada") {
  // Whoever allowed it once is not asked again.
  await auth.pool.query("delete from consent");
  const { url } = await game.begin();
  const steps: Step[] = [];
  let end: string | undefined;
  for (let step: Step | undefined = { method: "GET", url, body: "", cookie: jar.header(url) }; step; ) {
    steps.push(step);
    const answer = await visit(step, steps.length - 1);
    jar.keep(answer.cookies);
    end = answer.location;
    step = next(step, answer, who, jar);
  }
  return { steps, end: new URL(end ?? ""), jar };
}

function assertHarmless({ status, location, text, type }: Answer, what: string): void {
  assert.ok(status < 500, `${what}: ${status}`);
  assert.ok(!`${location}${text}`.includes(evil), what);
  if (location) {
    const { origin, href } = new URL(location, auth.issuer);
    assert.ok(origin === auth.issuer || href.startsWith(`${game.redirectUri}?`), `${what} leads to ${href}`);
  } else if (type.startsWith("text/html")) assert.match(text, /<form |<a class="button" href="http/, what);
  else assert.match(text, /"error":/, what);
}

const isCode = ({ location }: Answer) => location?.startsWith(`${game.redirectUri}?`) && /[?&]code=/.test(location);
const named = ({ method, url }: Step) => `${method} ${new URL(url).pathname.replace(/[\w-]{30,}/, "…")}`;
const whole = await walk();

test("a sign-in with a question has these steps", () => {
  assert.deepEqual(whole.steps.map(named), [
    "GET /authorize",
    "GET /sign-in/…",
    "POST /sign-in/…",
    "GET /authorize/…",
    "GET /sign-in/…",
    "POST /sign-in/…",
    "GET /authorize/…",
  ]);
  assert.ok(whole.end.searchParams.has("code"));
});

test("every page may be loaded again and every button pressed twice, one after the other or at once", async () => {
  for (const together of [false, true]) {
    const { end } = await walk(async (step) => {
      if (!together) {
        const first = await send(step);
        assertHarmless(await send(step), `twice: ${named(step)}`);
        return first;
      }
      const [first, second] = await Promise.all([send(step), send(step)]);
      for (const answer of [first, second]) assertHarmless(answer, `at once: ${named(step)}`);
      // One of two may come too late: people see the one that came first.
      return first.status >= 400 ? second : first;
    });
    assert.ok(end.searchParams.has("code"), end.href);
  }
});

test("going back to any step leads on, with any cookies", async () => {
  const bob = new Jar();
  await walk(undefined, bob, "bob");
  for (const step of whole.steps) {
    const cookies = { kept: step.cookie, later: whole.jar.header(step.url), bobs: bob.header(step.url), none: "" };
    for (const [of, cookie] of Object.entries(cookies)) {
      const answer = await send({ ...step, cookie });
      assertHarmless(answer, `${named(step)} with ${of}`);
      if (of === "none") assert.ok(!isCode(answer), named(step));
    }
  }
});

test("spoilt cookies are none, at any step", async () => {
  for (let at = 1; at < whole.steps.length; at += 1) {
    await walk(async (step, number) => {
      if (number === at && step.cookie !== "") {
        const answer = await send({ ...step, cookie: spoil(step.cookie) });
        assertHarmless(answer, `spoilt: ${named(step)}`);
        assert.ok(!isCode(answer) && answer.status >= 400, `spoilt: ${named(step)} ${answer.status}`);
      }
      return send(step);
    });
  }
});

test("a step that comes too late is said to be over", async () => {
  for (let at = 1; at < whole.steps.length; at += 1) {
    let late: Answer | undefined;
    await walk(async (step, number) => {
      if (number !== at) return send(step);
      await auth.pool.query(
        `update artifact set expires_at = now() - interval '1 minute',
           payload = jsonb_set(payload::jsonb, '{exp}', to_jsonb(extract(epoch from now())::int - 60))
         where model = 'Interaction' and expires_at > now()`,
      );
      late = await send(step);
      // The walk ends here.
      return { ...late, location: `${game.redirectUri}?late=1` };
    });
    assert.ok(late);
    assertHarmless(late, `late: ${named(whole.steps[at] as Step)}`);
    assert.equal(late.status, 410);
  }
});

test("what a request says of its host changes nothing, at any step", async () => {
  const lies = { Host: evil, "X-Forwarded-Host": evil, Forwarded: `host=${evil};proto=https` };
  const { end } = await walk(async (step) => {
    const answer = await send(step, lies);
    assertHarmless(answer, named(step));
    return answer;
  });
  assert.ok(end.searchParams.has("code"));
});

test("two windows of one browser sign in beside each other, in any order", async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const jar = new Jar();
    const windows: Step[] = [];
    for (let count = 0; count < 2; count += 1) {
      const { url } = await game.begin();
      let step: Step = { method: "GET", url, body: "", cookie: jar.header(url) };
      for (let forms = 0; forms < 2; forms += 1) {
        const answer = await send(step);
        jar.keep(answer.cookies);
        step = next(step, answer, "ada", jar) as Step;
      }
      windows.push(step);
    }
    for (const at of order) {
      let end: Answer | undefined;
      for (let step: Step | undefined = windows[at]; step; step = next(step, end, "ada", jar)) {
        end = await send({ ...step, cookie: jar.header(step.url) });
        jar.keep(end.cookies);
      }
      assert.ok(end && isCode(end), `window ${at} of ${order}: ${end?.status} ${end?.location}`);
    }
  }
});
