// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb conformance`: holds a live OpenID provider to the certification plans, as outside clients and a browser see it.
import readline from "node:readline";
import { Writable } from "node:stream";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Outcome } from "../conformance/module.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { DoesNotAnswer } from "./complaint.ts";
import type { Desk } from "./desk.ts";
import { type Environment, NotConfigured } from "./environment.ts";

interface Wish {
  client: string;
  secondClient: string;
  port: number;
  address?: string;
  listenOn: string;
  fields: { username: string; password: string };
  origin: string[];
  plan?: string[];
}

const planNames = ["config", "basic", "rp-initiated-logout", "back-channel-logout", "fapi-2"];

const needs = `
It needs a person's username and password (CONFORMANCE_USERNAME, CONFORMANCE_PASSWORD, else it asks) and two clients with
a secret each (CONFORMANCE_CLIENT_SECRET, CONFORMANCE_SECOND_CLIENT_SECRET), which may use the grants authorization_code and
refresh_token. The first must be allowed to do without PKCE. Where <address> is http://localhost:8455, else --address, register
  <address>/<client>/callback            for signing in
  <address>/<client>/signed-out          for signing out
  <address>/<client>/backchannel-logout  for being told of it`;

export function offerConformance(program: Command, desk: Desk): void {
  program
    .command("conformance")
    .description("Run the checks of OpenID certification against a provider; exit code 1 when one fails")
    .argument("<issuer>", "the provider's issuer, an address", readAddress)
    .option("--client <id>", "the first client", "conformance-1")
    .option("--second-client <id>", "the second client", "conformance-2")
    .option("--port <number>", "where to listen for what the provider tells clients", readPort, 8455)
    .option("--listen-on <address>", "the network address to listen on", "127.0.0.1")
    .option(
      "--address <url>",
      "how the provider reaches that port; http://localhost and the port otherwise",
      readAddress,
    )
    .addOption(
      new Option("--fields <names>", "what the sign-in page calls its two fields")
        .argParser(readFields)
        .default(readFields("identifier,password"), "identifier,password"),
    )
    .option("--origin <url...>", "where the provider's sign-in page is, when not at the issuer", [])
    .addOption(new Option("--plan <name...>", "only these plans").choices(planNames))
    .addHelpText("after", needs)
    .addHelpText(
      "after",
      examples("conformance https://auth.example.org", "conformance http://localhost:8090 --plan basic"),
    )
    .action(answering((issuer: string, wish: Wish) => hold(desk.environment(), issuer, wish)));
}

async function hold(environment: Environment, issuer: string, wish: Wish): Promise<Answer> {
  // Loaded here, for no other command needs the library.
  const { runConformance, NotReady } = await import("../conformance/run.ts");
  const { startListener } = await import("../conformance/listener.ts");
  const secrets = [
    needed(environment, "CONFORMANCE_CLIENT_SECRET"),
    needed(environment, "CONFORMANCE_SECOND_CLIENT_SECRET"),
  ];
  const username = await ask(environment, "CONFORMANCE_USERNAME", "Username");
  const person = { username, password: await ask(environment, "CONFORMANCE_PASSWORD", "Password") };
  const listener = await startListener(wish.port, wish.listenOn, wish.address);
  const { fields, origin: origins } = wish;
  const [first = "", second = ""] = secrets;
  const clients = [
    { id: wish.client, secret: first },
    { id: wish.secondClient, secret: second },
  ] as const;
  try {
    return present(issuer, await runConformance({ issuer, clients, person, fields, listener, origins }, wish.plan));
  } catch (error) {
    throw error instanceof NotReady ? new DoesNotAnswer(error.message) : error;
  } finally {
    await listener.stop();
  }
}

function present(issuer: string, outcomes: Outcome[]): Answer {
  const named = (result: Outcome["result"]) =>
    outcomes.filter((it) => it.result === result).map(({ module }) => module);
  const failed = named("failed");
  const rows = outcomes.map(({ plan, module, result, says }) => [plan, module, result, says || ""]);
  const counts = `${outcomes.length} modules: ${named("passed").length} passed, ${named("skipped").length} skipped, ${failed.length} failed`;
  return {
    json: { issuer, failed, outcomes },
    text: `${table(["plan", "module", "result", ""], rows)}\n\n${[counts, failed.join(", ")].filter(Boolean).join(": ")}.`,
    wrong: failed.length > 0,
  };
}

function needed(environment: Environment, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new NotConfigured(`${name} is not set. \`cdb conformance --help\` says what is needed.`);
}

/** From the environment, else from the terminal; what is typed as a password is not shown. */
async function ask(environment: Environment, name: string, question: string): Promise<string> {
  if (environment[name] || !process.stdin.isTTY) return needed(environment, name);
  const isSecret = /PASSWORD/.test(name);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(`${question}: `);
  const terminal = readline.createInterface({
    input: process.stdin,
    output: isSecret ? silent : process.stderr,
    terminal: true,
  });
  try {
    return await new Promise<string>((resolve) => terminal.question("", resolve));
  } finally {
    terminal.close();
    if (isSecret) process.stderr.write("\n");
  }
}

function readAddress(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new InvalidArgumentError("It must be an address like https://auth.example.org.");
  return text.replace(/\/+$/, "");
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError("It must be a port.");
}

function readFields(text: string): Wish["fields"] {
  const [username, password, ...more] = text.split(",");
  if (!username || !password || more.length > 0)
    throw new InvalidArgumentError("It must be two names, like username,password.");
  return { username, password };
}
