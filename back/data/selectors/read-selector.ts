// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads a selector's text into its tree. What it understands stands in docs/selectors.md.
import type { Organisation } from "@cdb/runtime/organisation.ts";
import type { Day } from "@cdb/runtime/time.ts";
import { Invalid } from "../errors.ts";
import { type Collection, collections } from "./collections.ts";
import type { Comparison, Criterion, Operator, Possession } from "./criteria.ts";
import { always, type Field, personFields } from "./fields.ts";
import { readPeriod, readText, readValue } from "./read-values.ts";
import { readWords, UnreadableSelector, type Word } from "./read-words.ts";
import { suggest } from "./suggest.ts";

const deepest = 40;
const mostLeaves = 50;
const operators: readonly Operator[] = ["==", "!=", "=", "<", "<=", ">", ">=", "in"];
// In whatever letters they are typed.
const keywords = ["and", "or", "not", "in", "has", "lacks", "any", "none", "true", "false", "today", "last", "between"];

/** The tree of a text. Throws UnreadableSelector, or Invalid when it is too large. */
export function readSelector(source: string, organisation: Organisation, today: Day): Criterion {
  const reader = new Reader(source, organisation, today);
  const criterion = reader.readAny(null);
  if (reader.next().kind !== "end") throw reader.mistake("Here the selector should end, or go on with “and” or “or”.");
  return criterion;
}

/** Goes through the words from left to right. `within` a collection, its fields take the place of the person's. */
export class Reader {
  readonly organisation: Organisation;
  readonly today: Day;
  readonly #source: string;
  readonly #words: Word[];
  #at = 0;
  #depth = 0;
  #leaves = 0;

  constructor(source: string, organisation: Organisation, today: Day) {
    this.#source = source;
    this.#words = readWords(source);
    this.organisation = organisation;
    this.today = today;
  }

  next(): Word {
    return this.#words[this.#at] as Word;
  }

  /** Steps over the next word and gives it. */
  take(): Word {
    const word = this.next();
    if (word.kind !== "end") this.#at += 1;
    return word;
  }

  /** Whether the next word is this sign or keyword. */
  isNext(wanted: string): boolean {
    const { kind, text } = this.next();
    return (kind === "sign" || kind === "name") && text.toLowerCase() === wanted;
  }

  /** Steps over the next word if it is this sign or keyword. */
  takes(wanted: string): boolean {
    const found = this.isNext(wanted);
    if (found) this.#at += 1;
    return found;
  }

  /** Steps over this sign or keyword, which must come. */
  expect(wanted: string): void {
    if (!this.takes(wanted)) throw this.mistake(`Here should be “${wanted}”.`);
  }

  mistake(sentence: string, at: number = this.next().start): UnreadableSelector {
    return new UnreadableSelector(this.#source, at, sentence);
  }

  readAny(within: Collection | null): Criterion {
    return this.#readSeveral("or", "any", () => this.#readSeveral("and", "all", () => this.#readOne(within)));
  }

  #readSeveral(between: "and" | "or", kind: "all" | "any", read: () => Criterion): Criterion {
    const parts = [read()];
    while (this.takes(between)) parts.push(read());
    return parts.length === 1 ? (parts[0] as Criterion) : { kind, parts };
  }

  #readOne(within: Collection | null): Criterion {
    if (this.takes("not")) return { kind: "not", part: this.#deeper(() => this.#readOne(within)) };
    if (this.isNext("(")) return this.#readBrackets(within);
    this.#leaves += 1;
    if (this.#leaves > mostLeaves)
      throw new Invalid("selector-too-large", `A selector has at most ${mostLeaves} conditions.`, "selector");
    return this.#readLeaf(within);
  }

  #readBrackets(within: Collection | null): Criterion {
    this.expect("(");
    const criterion = this.#deeper(() => this.readAny(within));
    this.expect(")");
    return criterion;
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > deepest)
      throw new Invalid("selector-too-large", `A selector has at most ${deepest} brackets in each other.`, "selector");
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #readLeaf(within: Collection | null): Criterion {
    const { kind, text, start } = this.take();
    const name = text.toLowerCase();
    if (kind !== "name" || keywords.includes(name)) throw this.mistake("Here should be a field.", start);
    const field = (within?.fields ?? personFields).get(name);
    if (field) return this.#readComparison(field, start);
    const [owner = "", item = ""] = within ? [] : name.split(".");
    const collection = collections.get(owner);
    if (collection && item === "") return this.#readPossession(collection, start);
    const ofOne = collection?.fields.get(item);
    if (!collection || !ofOne) throw this.mistake(`There is no such field.${suggest(name, knownNames(within))}`, start);
    const one = this.#readComparison(ofOne, start);
    return { kind: "has", collection, wanted: { one }, subject: owner, demand: `has (${item} ${one.demand})` };
  }

  #readComparison(field: Field, start: number): Comparison {
    const period = field.periodic && this.takes("(") ? readPeriod(this) : always;
    const subjectEnd = this.#lastEnd();
    const operator = operators.find((sign) => this.takes(sign));
    if (operator === undefined && field.type !== "truth")
      throw this.mistake(`Here should be one of ${operators.join(" ")}.`);
    const values = operator === undefined ? [true] : this.#readValues(field, operator);
    return { kind: "compares", field, period, operator: operator ?? "==", values, ...this.#leaf(start, subjectEnd) };
  }

  #readValues(field: Field, operator: Operator): Comparison["values"] {
    if (operator !== "in") return [readValue(this, field, operator)];
    this.expect("(");
    const values = [readValue(this, field, "in")];
    while (this.takes(",")) values.push(readValue(this, field, "in"));
    this.expect(")");
    return values;
  }

  #readPossession(collection: Collection, start: number): Possession {
    const subjectEnd = this.#lastEnd();
    const kind = this.takes("has") ? "has" : this.takes("lacks") ? "lacks" : undefined;
    if (!kind) throw this.mistake("Here should be “has” or “lacks”.");
    const wanted = this.#readWanted(collection);
    return { kind, collection, wanted, ...this.#leaf(start, subjectEnd) };
  }

  #readWanted(collection: Collection): Possession["wanted"] {
    if (this.takes("any")) return { word: null };
    if (collection.fields.size > 0 && this.isNext("(")) return { one: this.#readBrackets(collection) };
    const { words } = collection;
    if (!words) throw this.mistake("Here should be “any”, or a condition in brackets.");
    return { word: readText(this, { words, letters: "small" }, "==") as string };
  }

  #leaf(start: number, subjectEnd: number): { subject: string; demand: string } {
    const [subject, demand] = [this.#source.slice(start, subjectEnd), this.#source.slice(subjectEnd, this.#lastEnd())];
    return { subject: subject.trim(), demand: demand.trim() || "== true" };
  }

  #lastEnd(): number {
    return this.#words[this.#at - 1]?.end ?? 0;
  }
}

function knownNames(within: Collection | null): { value: string; names: string[] }[] {
  const owned = [...collections.values()].flatMap(({ name, fields }) => [
    name,
    ...[...fields.keys()].map((item) => `${name}.${item}`),
  ]);
  const names = within ? [...within.fields.keys()] : [...personFields.keys(), ...owned];
  return names.map((value) => ({ value, names: value.split(".").slice(1) }));
}
