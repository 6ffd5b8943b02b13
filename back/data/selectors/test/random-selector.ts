// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Random selectors, each with what it means said a second time, as a function of somebody in memory.
import { type Day, type Moment, Temporal } from "@cdb/runtime/time.ts";
import type { Chance } from "../../../test/chance.ts";
import { donrefOf } from "../../donations/reference.ts";
import { aDay, names, type Somebody, today } from "./crowd.ts";

export interface Meaning<T = Somebody> {
  text: string;
  holds(somebody: T): boolean;
}

const compareDays = Temporal.PlainDate.compare;

/** Any selector, at most `depth` brackets deep. */
export function aSelector(chance: Chance, depth: number, leaf: (chance: Chance) => Meaning = aLeaf): Meaning {
  return several(chance, "or", () => several(chance, "and", () => one(chance, depth, leaf)));
}

function several<T>(chance: Chance, word: "and" | "or", make: () => Meaning<T>): Meaning<T> {
  const parts = Array.from({ length: chance.pick([1, 1, 2, 3]) }, make);
  const holds = (somebody: T) =>
    word === "or" ? parts.some((part) => part.holds(somebody)) : parts.every((part) => part.holds(somebody));
  return { text: parts.map(({ text }) => text).join(` ${inAnyCase(chance, word)} `), holds };
}

function one(chance: Chance, depth: number, leaf: (chance: Chance) => Meaning): Meaning {
  if (chance.is(0.2)) {
    const negated = one(chance, depth - 1, leaf);
    return { text: `${inAnyCase(chance, "not")} ${negated.text}`, holds: (somebody) => !negated.holds(somebody) };
  }
  if (depth <= 0 || chance.is(0.6)) return leaf(chance);
  const inner = aSelector(chance, depth - 1, leaf);
  return { ...inner, text: `( ${inner.text})` };
}

export function aLeaf(chance: Chance): Meaning {
  return chance.pick([aTextLeaf, aWordLeaf, aDayLeaf, aMoneyLeaf, aMoneyLeaf, aCollectionLeaf, aTruthLeaf, anIdLeaf])(
    chance,
  );
}

function aTextLeaf(chance: Chance): Meaning {
  const field = chance.pick(["name", "email", "postcode", "city", "username"] as const);
  const examples = {
    name: names,
    email: ["ada1@example.org", "X_Y3@example.org"],
    postcode: ["10115", ""],
    city: ["Berlin", "Köln"],
    username: ["user7", "USER9"],
  };
  const value = chance.pick(examples[field]);
  const kept = (somebody: Somebody) => (field === "email" ? (somebody.email?.toLowerCase() ?? null) : somebody[field]);
  const wanted = field === "email" || field === "username" ? value.toLowerCase() : value;
  const operator = chance.pick(["==", "!=", "=", "in", "none"] as const);
  if (operator === "none" && (field === "email" || field === "username"))
    return { text: `${field} != none`, holds: (somebody) => somebody[field] !== null };
  if (operator === "==") return { text: `${field} == ${quote(chance, value)}`, holds: (s) => kept(s) === wanted };
  if (operator === "!=" && !/[*?]/.test(value))
    return { text: `${field} != ${quote(chance, value)}`, holds: (s) => kept(s) !== wanted };
  if (operator === "in")
    return {
      text: `${field} in (${quote(chance, "nobody")}, ${quote(chance, value)})`,
      holds: (s) => kept(s) === wanted,
    };
  return aWildcardLeaf(chance, field, value);
}

function aWildcardLeaf(
  chance: Chance,
  field: "name" | "email" | "postcode" | "city" | "username",
  value: string,
): Meaning {
  let [text, pattern] = ["", ""];
  for (const sign of value) {
    const [wild, regex] = chance.is(0.2)
      ? chance.pick([
          ["*", ".*"],
          ["?", "."],
        ] as const)
      : ["", ""];
    text += wild || sign.replace(/["'\\*?]/, "\\$&");
    pattern += regex || RegExp.escape(sign.toLowerCase());
  }
  const matches = new RegExp(`^${pattern}$`, "u");
  return { text: `${field} = "${text}"`, holds: (somebody) => matches.test(somebody[field]?.toLowerCase() ?? "\n") };
}

function aWordLeaf(chance: Chance): Meaning {
  const field = chance.pick(["country", "language", "kind", "registration"] as const);
  const values = {
    country: ["DE", "AT", "fr", ""],
    language: ["en", "DE"],
    kind: ["individual", "Organisation"],
    registration: ["confirmed", "blocked", "erased"],
  };
  const value = chance.pick(values[field]);
  const other = chance.pick(values[field]);
  const like = (wanted: string) => (somebody: Somebody) => somebody[field].toLowerCase() === wanted.toLowerCase();
  if (chance.is(0.3))
    return { text: `${field} IN ("${value}","${other}")`, holds: (s) => like(value)(s) || like(other)(s) };
  if (chance.is(0.3)) return { text: `${field} != '${value}'`, holds: (s) => !like(value)(s) };
  return { text: `${field} ${chance.pick(["=", "=="])} "${value}"`, holds: like(value) };
}

function aDayLeaf(chance: Chance): Meaning {
  const field = chance.pick(["registered", "confirmed", "donations.first", "donations.last"] as const);
  const period = aPeriod(chance, field.startsWith("donations"));
  const kept = (somebody: Somebody): Day | null => {
    if (field === "registered") return dayOf(somebody.registeredAt);
    if (field === "confirmed") return somebody.confirmedAt && dayOf(somebody.confirmedAt);
    const days = gifts(somebody, period)
      .map(({ receivedOn }) => receivedOn)
      .sort(compareDays);
    return (field === "donations.first" ? days[0] : days.at(-1)) ?? null;
  };
  return comparison(chance, `${field}${period.text}`, kept, field !== "registered");
}

/** A comparison with a day. */
function comparison<T>(chance: Chance, subject: string, kept: (thing: T) => Day | null, optional: boolean): Meaning<T> {
  const { text, day } = aDayText(chance);
  const operator = chance.pick(["==", "!=", "<", "<=", ">", ">=", "in", ...(optional ? ["none"] : [])]);
  if (operator === "none") return { text: `${subject} == none`, holds: (thing) => kept(thing) === null };
  if (operator === "in")
    return {
      text: `${subject} in (${text}, today)`,
      holds: (thing) => [day, today].some((wanted) => kept(thing)?.equals(wanted)),
    };
  return {
    text: `${subject} ${operator} ${text}`,
    holds: (thing) => {
      const found = kept(thing);
      return found === null ? operator === "!=" : compares(operator, compareDays(found, day));
    },
  };
}

function aMoneyLeaf(chance: Chance): Meaning {
  const period = aPeriod(chance, true);
  const isSum = chance.is(0.6);
  const wanted = isSum ? chance.pick([0, 1, 2_550, 6_000, 10_000, 15_000]) : chance.upTo(4);
  const operator = chance.pick(["==", "!=", "<", "<=", ">", ">=", "in"]);
  const subject = `donations.${isSum ? "sum" : "count"}${period.text}`;
  const kept = (somebody: Somebody) => {
    const given = gifts(somebody, period);
    if (!isSum) return given.length;
    return given
      .filter(({ currency }) => currency === "EUR")
      .reduce((sum, { amount, refunded }) => sum + amount - refunded, 0);
  };
  const said = (amount: number) => (isSum ? (amount / 100).toFixed(amount % 100 ? 2 : chance.upTo(3)) : String(amount));
  if (operator === "in")
    return { text: `${subject} in (${said(wanted)}, ${said(300)})`, holds: (s) => [wanted, 300].includes(kept(s)) };
  return { text: `${subject} ${operator} ${said(wanted)}`, holds: (s) => compares(operator, kept(s) - wanted) };
}

function aTruthLeaf(chance: Chance): Meaning {
  const field = chance.pick(["donor", "supporter"] as const);
  const kept = (somebody: Somebody) =>
    field === "donor"
      ? gifts(somebody, {}).length > 0
      : somebody.pledges.some(({ state, interval }) => state === "open" && interval !== "once");
  const [demand, wanted] = chance.pick([
    ["", true],
    [" == true", true],
    [" == false", false],
    [" != true", false],
  ] as const);
  return { text: field + demand, holds: (somebody) => kept(somebody) === wanted };
}

function anIdLeaf(chance: Chance): Meaning {
  const id = 1_001 + chance.upTo(200);
  if (chance.is(0.3)) return { text: `donref == "${donrefOf("EX", id)}"`, holds: (somebody) => somebody.id === id };
  const operator = chance.pick(["==", "<", ">="]);
  return { text: `id ${operator} ${id}`, holds: (somebody) => compares(operator, somebody.id - id) };
}

function aCollectionLeaf(chance: Chance): Meaning {
  const lacks = chance.is(0.3);
  const verb = lacks ? "lacks" : "has";
  const purpose = chance.pick(["info", "newsletter"]);
  const pledge = several(chance, chance.pick(["and", "or"]), () => aPledgeLeaf(chance));
  const single = aPledgeLeaf(chance);
  const mail = chance.pick(["thank-you", "how-to-pay"]);
  const sent = comparison(
    chance,
    "sent",
    (message: Somebody["messages"][number]) => message.sentAt && dayOf(message.sentAt),
    false,
  );
  const [text, has] = chance.pick<[string, (somebody: Somebody) => boolean]>([
    [`consents ${verb} "${purpose}"`, ({ granted }) => granted.includes(purpose)],
    [`consents ${verb} any`, ({ granted }) => granted.length > 0],
    [
      `signatures ${verb} 'open-letter'`,
      ({ signatures }) => signatures.some(({ confirmedAt }) => confirmedAt !== null),
    ],
    [`pledges ${verb} (${pledge.text})`, ({ pledges }) => pledges.some(pledge.holds)],
    [`pledges ${verb} (not (${pledge.text}))`, ({ pledges }) => pledges.some((one) => !pledge.holds(one))],
    [`messages ${verb} "${mail}"`, ({ messages }) => messages.some((one) => one.mail === mail && one.sentAt !== null)],
    [`messages ${verb} (${sent.text})`, ({ messages }) => messages.filter(({ sentAt }) => sentAt).some(sent.holds)],
    [`${lacks ? "not " : ""}pledges.${single.text}`, ({ pledges }) => pledges.some(single.holds)],
  ]);
  return { text, holds: (somebody) => has(somebody) !== lacks };
}

type Pledge = Somebody["pledges"][number];

function aPledgeLeaf(chance: Chance): Meaning<Pledge> {
  const field = chance.pick(["amount", "interval", "method", "state", "made"] as const);
  if (field === "made") return comparison(chance, field, (pledge: Pledge) => dayOf(pledge.madeAt), false);
  if (field === "amount") {
    const operator = chance.pick(["<", ">=", "=="]);
    const holds = ({ amount, currency }: Pledge) => currency === "EUR" && compares(operator, amount - 1_500);
    return { text: `amount ${operator} 15`, holds };
  }
  const value = { interval: "monthly", method: "card", state: "open" }[field];
  return { text: `${field} == "${value}"`, holds: (pledge) => pledge[field] === value };
}

function aPeriod(chance: Chance, periodic: boolean): { text: string; from?: Day; to?: Day } {
  if (!periodic || chance.is(0.4)) return { text: "" };
  if (chance.is(0.3)) {
    const year = 2_023 + chance.upTo(4);
    return {
      text: `(${year})`,
      from: Temporal.PlainDate.from(`${year}-01-01`),
      to: Temporal.PlainDate.from(`${year}-12-31`),
    };
  }
  if (chance.is(0.3)) {
    const [from = today, to = today] = [aDay(chance), aDay(chance)].sort(compareDays);
    return { text: `( between ${from} and ${to} )`, from, to };
  }
  const [count, unit] = [1 + chance.upTo(24), chance.pick(["day", "weeks", "month", "months", "Years"])];
  const from = today.subtract({ [`${unit.toLowerCase().replace(/s$/, "")}s`]: count }).add({ days: 1 });
  return { text: `(last ${count} ${unit})`, from };
}

function aDayText(chance: Chance): { text: string; day: Day } {
  if (chance.is(0.6)) {
    const day = aDay(chance);
    return { text: day.toString(), day };
  }
  const months = chance.upTo(14);
  return { text: `today - ${months} months`, day: today.subtract({ months }) };
}

function gifts({ donations }: Somebody, { from, to }: { from?: Day; to?: Day }): Somebody["donations"] {
  return donations.filter(
    ({ amount, refunded, receivedOn }) =>
      refunded < amount &&
      (from === undefined || compareDays(receivedOn, from) >= 0) &&
      (to === undefined || compareDays(receivedOn, to) <= 0),
  );
}

function compares(operator: string, difference: number): boolean {
  if (operator === "==") return difference === 0;
  if (operator === "!=") return difference !== 0;
  if (operator.startsWith("<")) return difference < 0 || (operator === "<=" && difference === 0);
  return difference > 0 || (operator === ">=" && difference === 0);
}

function dayOf(moment: Moment): Day {
  return moment.toZonedDateTimeISO("Europe/Berlin").toPlainDate();
}

function quote(chance: Chance, text: string): string {
  const mark = chance.pick(['"', "'"]);
  return mark + text.replace(/["'\\]/g, "\\$&") + mark;
}

function inAnyCase(chance: Chance, word: string): string {
  return chance.is(0.3) ? word.toUpperCase() : word;
}
