// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people add` and `change`: entering somebody on a coordinator's word, and putting right what is kept of them.
import { changeMe } from "@cdb/api/people.ts";
import { register as registerOperation } from "@cdb/api/registrations.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { Conflict } from "../data/errors.ts";
import { changePerson } from "../data/people/change-person.ts";
import { findByEmail, getPerson } from "../data/people/find-people.ts";
import { Person } from "../data/people/person.ts";
import { register } from "../data/people/registration.ts";
import { findSuppressed } from "../data/people/suppression.ts";
import { type Answer, answering, examples } from "./answer.ts";
import { UsedWrongly } from "./complaint.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { requireSetting } from "./environment.ts";

interface Address {
  lines?: string[];
  postcode?: string;
  city?: string;
  region?: string;
  country?: string;
}

interface Wish extends Address {
  name?: string;
  language?: string;
  kind?: string;
}

const { kind } = registerOperation.body.shape;
const added = registerOperation.body.pick({ name: true, email: true, kind: true, language: true, postalAddress: true });
const changed = changeMe.body
  .pick({ name: true, language: true, postalAddress: true, birthday: true })
  .extend({ kind: kind.unwrap().optional() });

export function offerAdd(people: Command, desk: Desk): void {
  offerDetails(people.command("add"))
    .description("Enter somebody: confirmed by your word, or with --ask once they follow the link that they are mailed")
    .requiredOption("--name <name>", "how they are called")
    .requiredOption("--email <address>", "where they are reached")
    .option("--ask", "mail them a link to confirm")
    .option("--reason <text>", "why, for the history", "")
    .addHelpText(
      "after",
      examples(
        "people add --name 'Ada Lovelace' --email ada@example.org --ask",
        "people add --name 'Ada Lovelace' --email ada@example.org --language en --country GB --reason 'paper form of May'",
      ),
    )
    .action(
      answering((wish: Wish & { email: string; ask?: true; reason: string }) => {
        // Without the link it is the staff's word alone: whoever left must not come back by it.
        const secret = wish.ask ? undefined : requireSetting(desk.environment(), "LINK_SECRET");
        return desk.change((work) => add(work, wish, secret));
      }),
    );
  offerDetails(people.command("change"))
    .description("Put right what is kept of somebody; they see in their history that you did")
    .argument("<who>", whoMeans)
    .option("--name <name>", "how they are called")
    .option("--birthday <day>", "such as 1980-02-29")
    .requiredOption("--reason <text>", "why, for the history")
    .addHelpText("after", examples("people change ada --city London --reason 'their letter of May'"))
    .action(
      answering((who: string, { reason, ...wish }: Wish & { birthday?: string; reason: string }) =>
        desk.change((work) => change(work, who, wish, reason)),
      ),
    );
}

function offerDetails(command: Command): Command {
  return command
    .option("--language <language>", "two letters, such as en")
    .option("--kind <kind>", "individual or organisation")
    .option("--lines <line...>", "street and number, or what stands instead; each line by itself")
    .option("--postcode <postcode>", "of the postal address")
    .option("--city <city>", "of the postal address")
    .option("--region <region>", "state or province of the postal address")
    .option("--country <country>", "two letters, such as DE");
}

async function add(
  work: Work,
  { reason, ask, ...wish }: Wish & { email: string; reason: string; ask?: true },
  secret: string | undefined,
): Promise<Answer> {
  const { lines, postcode, city, region, country, ...rest } = wish;
  const checked = added.parse({ ...rest, postalAddress: addressOf(wish) });
  const known = await findByEmail(work, checked.email);
  if (known) throw new Conflict("person-known", `Person ${known.id} has this email address already.`);
  if (secret && (await findSuppressed(work, [checked.email], secret)).size > 0)
    throw new Conflict("suppressed", "Whoever has this address left. They can come back themselves: say --ask.");
  const person = await register(work, {
    ...{ ...checked, purposes: [], signatures: {}, origin: { channel: "administrator" } },
    confirmation: ask ? "mail" : "caller",
  });
  if (!ask) {
    person.confirm(work, "coordinator");
    work.note(person, Person, "confirmed", ["coordinator", reason].filter(Boolean).join(": "));
  }
  const donref = person.donref(work.organisation.referencePrefix);
  const text = `${person.name} is ${person.registration}: person ${person.id}, ${donref}.`;
  return { json: { person: person.id, donref, registration: person.registration }, text };
}

async function change(
  work: Work,
  who: string,
  { birthday, ...wish }: Wish & { birthday?: string },
  reason: string,
): Promise<Answer> {
  const person = await getPerson(work, who, "lock");
  if (person.registration === "erased") throw new Conflict("person-erased", "Whoever this was has left.");
  const { lines, postcode, city, region, country, ...rest } = wish;
  const asked = { ...rest, birthday, postalAddress: addressOf(wish, person) };
  if (Object.values(asked).every((value) => value === undefined))
    throw new UsedWrongly("Say what is to be changed, such as --name or --city.");
  const checked = changed.parse(asked);
  await changePerson(
    work,
    person,
    { ...checked, birthday: checked.birthday ? Temporal.PlainDate.from(checked.birthday) : undefined },
    reason,
  );
  const fields = Object.keys(asked).filter((field) => asked[field as keyof typeof asked] !== undefined);
  return { json: { person: person.id, changed: fields }, text: `Changed of ${person.name}: ${fields.join(", ")}.` };
}

/** What is said of an address, over the one that is known. Undefined: nothing was said. */
function addressOf({ lines, postcode, city, region, country }: Address, person?: Person) {
  const said = Object.entries({ lines, postcode, city, region, country }).filter(([, value]) => value !== undefined);
  if (said.length === 0) return undefined;
  const known = person?.postalAddress() ?? { lines: [], postcode: "", city: "", region: "", country: "" };
  return { ...known, ...Object.fromEntries(said) };
}
