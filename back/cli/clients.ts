// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb clients …`: the programs that auth serves besides ours.
import * as api from "@cdb/api/clients.ts";
import { type Command, InvalidArgumentError } from "commander";
import { type Answer, answering, examples, table } from "./answer.ts";
import { type ClientOptions, offerClientOptions, readWish } from "./client-options.ts";
import { UsedWrongly } from "./complaint.ts";
import type { Desk } from "./desk.ts";

const whichClient = "the client's id";

export function offerClients(program: Command, desk: Desk): void {
  const clients = program.command("clients").description("Manage the programs that sign people in with auth");
  clients
    .command("list")
    .description("List them; front and back are made by the settings and are not among them")
    .addHelpText("after", examples("clients list"))
    .action(answering(() => list(desk)));
  clients
    .command("show")
    .description("Show one, and who changed it when")
    .argument("<id>", whichClient)
    .addHelpText("after", examples("clients show wiki", "clients show wiki --json"))
    .action(answering((id: string) => show(desk, id)));
  offerClientOptions(clients.command("add"))
    .description("Add one; its secret is made and shown this once")
    .argument("<id>", "letters, digits, dots, dashes and underscores")
    .addHelpText(
      "after",
      examples(
        "clients add wiki --name Wiki --first-party --redirect-uris https://wiki.example.org/callback",
        "clients add app --name App --auth-method none --native --redirect-uris http://127.0.0.1/callback",
        "clients add import --auth-method private_key_jwt --jwks import.jwks.json --first-party --grant-types client_credentials --program-scopes registrations:write",
      ),
    )
    .action(answering((id: string, options: ClientOptions) => add(desk, id, options)));
  offerClientOptions(clients.command("change"))
    .description("Change what is named, in force within seconds")
    .argument("<id>", whichClient)
    .option("--unset <field...>", "fields to take back, by their names in `cdb clients show`")
    .addHelpText(
      "after",
      examples(
        "clients change wiki --redirect-uris https://wiki.example.org/new",
        "clients change wiki --unset tos_uri",
      ),
    )
    .action(answering((id: string, options: ClientOptions) => change(desk, id, options)));
  clients
    .command("remove")
    .description("Remove one with all that was handed out to it")
    .argument("<id>", whichClient)
    .addHelpText("after", examples("clients remove wiki"))
    .action(answering((id: string) => remove(desk, id)));
  clients
    .command("rotate-secret")
    .description("Make the next secret and show it this once; the one before still works for some hours")
    .argument("<id>", whichClient)
    .option("--overlap <hours>", "for how long the old one still works; 0: not at all", readHours, 24)
    .addHelpText("after", examples("clients rotate-secret wiki", "clients rotate-secret wiki --overlap 0"))
    .action(answering((id: string, { overlap }: { overlap: number }) => rotateSecret(desk, id, overlap)));
}

function readHours(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 720) throw new InvalidArgumentError("Hours are 0 to 720.");
  return Number(text);
}

async function list(desk: Desk): Promise<Answer> {
  const { clients } = await (await desk.auth()).auth.call(api.listClients);
  const rows = clients.map((it) => [
    ...[it.client_id, it.client_name ?? null, it.first_party ? "yes" : "no", it.token_endpoint_auth_method ?? null],
    ...[it.grant_types?.join(" ") ?? null, it.created_at.slice(0, 10)],
  ]);
  const headings = ["id", "name", "ours", "proves itself by", "grants", "added"];
  return { json: { clients }, text: rows.length === 0 ? "There are none." : table(headings, rows) };
}

async function show(desk: Desk, id: string): Promise<Answer> {
  const shown = await (await desk.auth()).auth.call(api.showClient, { params: { id } });
  const changes = shown.changes.map(({ verb, by, at }) => `${at.slice(0, 16).replace("T", " ")} UTC  ${verb} by ${by}`);
  return { json: shown, text: [describe(shown.client), "", ...changes].join("\n") };
}

async function add(desk: Desk, id: string, options: ClientOptions): Promise<Answer> {
  const { auth, by } = await desk.auth();
  const body = { client_id: id, ...readWish(options) };
  return tell(await auth.call(api.addClient, { query: { by }, body }));
}

async function change(desk: Desk, id: string, { unset = [], ...options }: ClientOptions): Promise<Answer> {
  const body = { ...readWish(options), ...Object.fromEntries(unset.map((field) => [field, null])) };
  if (Object.keys(body).length === 0) throw new UsedWrongly("Say what to change; see `cdb clients change --help`.");
  const { auth, by } = await desk.auth();
  return tell(await auth.call(api.changeClient, { params: { id }, query: { by }, body }));
}

async function remove(desk: Desk, id: string): Promise<Answer> {
  const { auth, by } = await desk.auth();
  await auth.call(api.removeClient, { params: { id }, query: { by } });
  return { json: { removed: id }, text: `${id} is removed, and with it all that was handed out to it.` };
}

async function rotateSecret(desk: Desk, id: string, overlap_hours: number): Promise<Answer> {
  const { auth, by } = await desk.auth();
  return tell(await auth.call(api.rotateClientSecret, { params: { id }, query: { by }, body: { overlap_hours } }));
}

function tell(told: { client: api.ShownClient; client_secret: string | null }): Answer {
  const secret = told.client_secret;
  const words = secret === null ? [] : ["", "Its secret, which is shown this once:", `  ${secret}`];
  return { json: told, text: [describe(told.client), ...words].join("\n") };
}

function describe(client: api.ShownClient): string {
  const fields = Object.entries(client).filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${inWords(value)}`).join("\n");
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
