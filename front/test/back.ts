// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A small back with one person and the contract's own shapes: what does not fit them is refused as back refuses it.
import { randomUUID } from "node:crypto";
import * as accounts from "@cdb/api/accounts.ts";
import * as links from "@cdb/api/links.ts";
import * as newsApi from "@cdb/api/news.ts";
import type { Checked, Operation, Presented } from "@cdb/api/operation.ts";
import * as payments from "@cdb/api/payments.ts";
import * as people from "@cdb/api/people.ts";
import * as pledges from "@cdb/api/pledges.ts";
import type { Problem } from "@cdb/api/problems.ts";
import * as registrations from "@cdb/api/registrations.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { type Context, Hono } from "hono";
import type { z } from "zod";

type Me = z.input<typeof people.showMe.answer>;
export type Shown = z.input<typeof links.showLink.answer>;

export interface Call {
  name: string;
  token: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  body: any;
}

export interface FakeBack {
  url: string;
  /** What was called and taken, in order. */
  calls: Call[];
  called(name: string): Call[];
  me: Me;
  /** Token of a link → what it would do. */
  links: Map<string, Shown>;
  payables: Map<string, z.input<typeof pledges.showPayable.answer>>;
  /** Pledges that are paid by themselves, by reference. */
  renewals: Map<string, "card" | "paypal">;
  donations: z.input<typeof people.listMyDonations.answer>["donations"];
  messages: z.input<typeof people.listMyMessages.answer>["messages"];
  consentFacts: z.input<typeof people.listMyConsentFacts.answer>["facts"];
  /** The archive, newest first; each is also at the web name `<place>-00…`. */
  news: newsApi.WrittenShape[];
  /** What its person got, and may read. */
  myNews: z.input<typeof newsApi.listMyNews.answer>["mailings"];
  account: z.input<typeof accounts.showMyAccount.answer>;
  requests: z.input<typeof accounts.listRequests.answer>["requests"];
  /** Whether an attempt to pay may be made. */
  admits: z.input<typeof pledges.admitPayment.answer>["outcome"];
  /** Refuses every call with this. */
  refusal: Partial<Problem> | undefined;
  /** Tokens that it takes no more. */
  refusedTokens: Set<string>;
  stop(): Promise<void>;
}

class Refusal extends Error {
  readonly problem: Partial<Problem>;
  constructor(status: number, code: string, field?: string) {
    super(code);
    this.problem = { status, code, ...(field && { fields: [{ field, code, detail: "" }] }) };
  }
}

export async function startBack(): Promise<FakeBack> {
  const app = new Hono();
  const server = await listen(app.fetch, 0);
  const back: FakeBack = {
    url: `http://127.0.0.1:${server.port}`,
    calls: [],
    called: (name) => back.calls.filter((call) => call.name === name),
    me: aPerson(),
    links: new Map(),
    payables: new Map(),
    renewals: new Map(),
    donations: [],
    messages: [],
    consentFacts: [],
    news: [],
    myNews: [],
    account: anAccount(),
    requests: [],
    admits: "admitted",
    refusal: undefined,
    refusedTokens: new Set(),
    stop: () => server.stop(),
  };
  serveAll(app, back);
  app.onError((error, c) => refuse(c, error instanceof Refusal ? error.problem : { status: 500, code: "internal" }));
  return back;
}

function serveAll(app: Hono, back: FakeBack): void {
  const serve = <O extends Operation>(operation: O, handle: (input: Checked<O>) => Presented<O>) => {
    app.on(operation.method, operation.path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
      const token = c.req.header("Authorization")?.replace("Bearer ", "") ?? "";
      if (back.refusal) return refuse(c, back.refusal);
      const own = operation.scope.startsWith("self:") || operation.scope === "accounts:approve";
      if (back.refusedTokens.has(token) || !token.startsWith(own ? "person-" : "program-"))
        return refuse(c, { status: 401, code: "token-refused" });
      const text = await c.req.text();
      const input = {
        params: read(operation.params, c.req.param()),
        query: read(operation.query, c.req.query()),
        body: read(operation.body, text === "" ? {} : JSON.parse(text)),
      };
      const answer = operation.answer.parse(handle(input as Checked<O>));
      back.calls.push({ name: operation.name, token, body: input.body });
      return answer === undefined ? c.body(null, 204) : c.json(answer, operation.status as 200);
    });
  };
  const known = new Map<string, number>();
  serve(registrations.register, ({ body }) => {
    if (body.email.endsWith("@mailinator.com")) throw new Refusal(422, "email-address-refused", "email");
    const id = known.get(body.email.toLowerCase()) ?? known.size + 42;
    known.set(body.email.toLowerCase(), id);
    return { id, donref: `EX${id}7` };
  });
  serve(links.showLink, ({ body }) => getLink(back, body.token));
  serve(links.followLink, ({ body }) => {
    const link = getLink(back, body.token);
    if (link.state === "expired") throw new Refusal(409, "link-expired");
    const { command, language } = link;
    if (body.act === "undo") {
      if (!link.undoable) throw new Refusal(409, "link-final");
      Object.assign(link, { state: "ready", undoable: false });
      return { command, outcome: "undone" as const, undoable: false, language };
    }
    if (body.act === "refuse" && !link.refusable) throw new Refusal(409, "link-final");
    const did = body.act === "refuse" ? ("refused" as const) : ("done" as const);
    const outcome = link.state === "used" ? ("done-already" as const) : did;
    const undoable = command === "unsubscribe";
    Object.assign(link, { state: "used", undoable });
    return { command, outcome, undoable, language };
  });
  serve(links.showCommand, ({ body }) => getLink(back, body.signature));
  serve(links.runCommand, ({ body }) => {
    const { command, language } = getLink(back, body.signature);
    return { command, outcome: "done" as const, undoable: false, language };
  });
  const made = new Map<string, string>();
  const pledge = ({
    amount,
    interval,
    method,
    key,
  }: Pick<z.output<typeof pledges.makePledge.body>, "amount" | "interval" | "method" | "key">) => {
    if (amount.amount < 100) throw new Refusal(422, "amount-too-small", "amount");
    if (amount.amount >= 10_000_000) throw new Refusal(422, "amount-too-large", "amount");
    const content = JSON.stringify({ amount, interval, method });
    if ((made.get(key) ?? content) !== content) throw new Refusal(409, "key-used");
    made.set(key, content);
    const reference = `EX427P${[...made.keys()].indexOf(key) + 1}`;
    back.payables.set(reference, { reference, kind: "pledge", amount, interval, ended: false });
    return { reference, amount, interval, method };
  };
  serve(pledges.makePledge, ({ body }) => pledge(body));
  serve(pledges.makeMyPledge, ({ body }) => pledge(body));
  serve(pledges.admitPayment, () => ({ outcome: back.admits }));
  serve(pledges.showPayable, ({ params }) => {
    const payable = back.payables.get(params.reference.toUpperCase());
    if (!payable) throw new Refusal(404, "reference-unknown");
    return payable;
  });
  serve(payments.registerPayment, () => ({ outcome: "registered" as const }));
  serve(payments.endRenewal, () => undefined);
  serve(payments.reportDecline, () => undefined);
  serve(payments.keepForeignNotice, () => undefined);
  serve(pledges.listMyPledges, () => ({
    pledges: [...back.payables.values()].map((each) => ownPledge(each, back.renewals.get(each.reference))),
  }));
  serve(pledges.changeMyPledge, ({ params, body: { amount, do: verb } }) => {
    const payable = back.payables.get(params.reference);
    if (!payable) throw new Refusal(404, "reference-unknown");
    const changed = Object.assign(payable, amount && { amount }, verb && { ended: verb !== "resume" });
    return ownPledge(changed, back.renewals.get(params.reference));
  });
  serve(people.showMe, () => back.me);
  serve(people.changeMe, ({ body: { version, ...wish } }) => {
    if (version !== back.me.version) throw new Refusal(409, "changed-meanwhile");
    Object.assign(back.me, wish, { version: version + 1 });
    return back.me;
  });
  serve(people.requestEmailChange, () => undefined);
  serve(people.checkMyAddress, () => undefined);
  serve(people.removeMySecondaryEmail, () => {
    back.me.secondaryEmail = null;
    return undefined;
  });
  serve(people.setMyConsent, ({ params, body }) => {
    const consent = back.me.consents.find(({ purpose }) => purpose === params.purpose);
    if (!consent) throw new Refusal(422, "purpose-unknown", "purposes");
    return Object.assign(consent, { granted: body.granted, since: "2026-11-20T10:00:00Z" });
  });
  serve(people.listMyDonations, () => ({ donations: back.donations, more: false }));
  serve(people.listMyConsentFacts, () => ({ facts: back.consentFacts, signatures: [] }));
  serve(people.listMyMessages, () => ({ messages: back.messages, more: false }));
  serve(people.signOutEverywhere, () => undefined);
  serveNews(serve, back);
  serveAccounts(serve, back);
}

function serveNews(
  serve: <O extends Operation>(operation: O, handle: (input: Checked<O>) => Presented<O>) => void,
  back: FakeBack,
): void {
  const find = (is: (mailing: newsApi.WrittenShape, place: number) => boolean) => {
    const mailing = back.news.find(is);
    if (!mailing) throw new Refusal(404, "mailing-unknown");
    return mailing;
  };
  serve(newsApi.listNews, ({ query: { page } }) => {
    const mailings = back.news.slice((page - 1) * 20, page * 20);
    return { mailings, pages: Math.max(1, Math.ceil(back.news.length / 20)) };
  });
  serve(newsApi.listNewsInFull, () => ({ mailings: back.news.slice(0, 20) }));
  serve(newsApi.showNews, ({ params, query: { language } }) => {
    const mailing = find(({ name }) => name === params.name);
    return { ...mailing, language: mailing.languages.includes(language) ? language : mailing.language };
  });
  serve(newsApi.listMyNews, () => ({ mailings: back.myNews }));
  serve(newsApi.showWebView, ({ params: { webName } }) => ({
    ...find((_, place) => webName === `${place}-${"0".repeat(20)}`),
    archived: true,
  }));
}

export function aMailing(wish: Partial<newsApi.WrittenShape> = {}): newsApi.WrittenShape {
  return {
    ...{
      name: "news-1",
      purpose: "newsletter",
      sentAt: "2026-11-20T10:00:00Z",
      language: "en",
      languages: ["de", "en"],
    },
    ...{ subject: "News of November", html: "<p>Hello you</p>\n", ...wish },
  };
}

function serveAccounts(
  serve: <O extends Operation>(operation: O, handle: (input: Checked<O>) => Presented<O>) => void,
  back: FakeBack,
): void {
  serve(accounts.showMyAccount, () => back.account);
  serve(accounts.chooseMyUsername, ({ body: { username } }) => {
    if (!/^[a-z][a-z0-9._-]{2,31}$/.test(username)) throw new Refusal(422, "username-malformed", "username");
    if (username === "taken") throw new Refusal(409, "username-taken");
    const address = `${username}@example.org`;
    Object.assign(back.account, { username, state: "open", address, mayChoose: false, suggestions: [] });
    return { username, address };
  });
  serve(accounts.requestGroup, ({ params }) => {
    const group = back.account.groups.find(({ name }) => name === params.group);
    if (group?.state === "not-for-them") throw new Refusal(403, "group-not-for-them");
    if (group) group.state = "waits";
    return undefined;
  });
  serve(accounts.leaveGroup, ({ params }) => {
    const group = back.account.groups.find(({ name }) => name === params.group);
    if (group) group.state = "may-ask";
    return undefined;
  });
  serve(accounts.listRequests, () => ({ requests: back.requests }));
  serve(accounts.decideRequest, ({ params }) => {
    if (!back.requests.some(({ id }) => id === params.id)) throw new Refusal(409, "request-decided");
    back.requests = back.requests.filter(({ id }) => id !== params.id);
    return undefined;
  });
}

export function anAccount(): FakeBack["account"] {
  return {
    username: null,
    state: null,
    address: null,
    mayChoose: true,
    suggestions: ["ada", "ada.lovelace"],
    groups: [
      { name: "supporters", state: "member" },
      { name: "volunteers", state: "not-for-them" },
      { name: "web-team", state: "not-for-them" },
      { name: "wiki-editors", state: "may-ask" },
      { name: "coordinators", state: "may-ask" },
    ],
    staff: false,
  };
}

export function aRequest(id: number): FakeBack["requests"][number] {
  return {
    id,
    person: { id: 43, name: "Bea", email: "bea@example.org" },
    kind: "member",
    name: "wiki-editors",
    message: "I like to write.",
    requestedAt: "2026-11-20T10:00:00Z",
  };
}

function ownPledge(
  { reference, amount, interval, ended }: z.input<typeof pledges.showPayable.answer>,
  renewedBy: "card" | "paypal" | undefined,
) {
  return {
    reference,
    amount: amount ?? { amount: 1, currency: "EUR" },
    interval: interval ?? "once",
    method: renewedBy ?? ("transfer" as const),
    state: ended ? ("ended" as const) : ("open" as const),
    madeAt: "2026-11-01T10:00:00Z",
    nextDueOn: ended ? null : "2026-12-01",
    renews: renewedBy !== undefined,
  };
}

function getLink(back: FakeBack, name: string): Shown {
  const link = back.links.get(name);
  if (!link) throw new Refusal(404, "link-unknown");
  return link;
}

function read(shape: z.ZodType, value: unknown): unknown {
  const nothing = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  const checked = shape.safeParse(nothing && shape.safeParse(undefined).success ? undefined : value);
  if (checked.success) return checked.data;
  const field = checked.error.issues[0]?.path.join(".") ?? "";
  throw new Refusal(422, "malformed", field);
}

function refuse(c: Context, problem: Partial<Problem>): Response {
  const whole = { type: "about:blank", title: "Refused", status: 500, code: "internal", ...problem };
  return c.json(whole, whole.status as 400, { "Content-Type": "application/problem+json" });
}

function aPerson(): Me {
  const never = { granted: false, since: null, channel: null, wording: null };
  return {
    id: 42,
    uuid: randomUUID(),
    kind: "individual",
    registration: "confirmed",
    name: "Ada Lovelace",
    email: "ada@example.org",
    secondaryEmail: null,
    silentAddresses: [],
    language: "en",
    birthday: null,
    postalAddress: { lines: ["Analytical Street 1"], postcode: "12345", city: "London", country: "GB" },
    donref: "EX427",
    username: "ada",
    registeredAt: "2026-01-02T10:00:00Z",
    version: 3,
    consents: [
      { purpose: "info", granted: true, since: "2026-05-01T10:00:00Z", channel: "/subscribe", wording: "" },
      { purpose: "newsletter", ...never },
    ],
    donations: [],
  };
}

export function aLink(wish: Partial<Shown> = {}): Shown {
  return {
    command: "confirm",
    state: "ready",
    language: "en",
    email: "a•••@example.org",
    newEmail: null,
    purposes: ["newsletter"],
    signatures: ["open-letter"],
    teams: [],
    pledge: null,
    refusable: false,
    undoable: false,
    shownUntil: 7,
    ...wish,
  };
}
