// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A large XML file as small elements, one after another: no DTD, no entities of its own, and nothing without bounds.
import { SaxesParser } from "saxes";
import { BankFileError } from "./bank-file-error.ts";
import { decodeChunks, encodingOfXml } from "./decode-text.ts";

const maxDepth = 40;
const maxText = 10_000;
const maxChildren = 100_000;

export class XmlElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[] = [];
  text = "";
  /** What `digest` made of it. */
  digested: unknown;

  constructor(name: string, line: number, attributes: Record<string, string>) {
    this.name = name;
    this.line = line;
    this.attributes = attributes;
  }

  /** The first one at the end of this path, e.g. `"Acct/Id/IBAN"`. */
  find(path: string): XmlElement | undefined {
    let found: XmlElement | undefined = this;
    for (const name of namesIn(path)) found = found && childOf(found, name);
    return found;
  }

  /** All of this name at the end of this path. */
  all(path: string): XmlElement[] {
    let found: XmlElement[] = [this];
    for (const name of namesIn(path)) {
      const children: XmlElement[] = [];
      for (const element of found) for (const child of element.children) if (child.name === name) children.push(child);
      found = children;
    }
    return found;
  }

  /** The text at the end of the path, without the blanks around it; undefined when there is none. */
  read(path: string): string | undefined {
    const text = this.find(path)?.text.trim();
    return text === "" ? undefined : text;
  }
}

// A line is asked for some fifty paths, always the same ones.
const paths = new Map<string, readonly string[]>();

function namesIn(path: string): readonly string[] {
  const names = paths.get(path) ?? path.split("/");
  paths.set(path, names);
  return names;
}

function childOf(element: XmlElement, name: string): XmlElement | undefined {
  for (const child of element.children) if (child.name === name) return child;
  return undefined;
}

export interface Watch {
  /** Called at the start of each element that is not below a wanted one, by their names without prefix; true wants it whole. */
  enter(name: string, parent: string): boolean;
  /** Called at the end of each element below a wanted one; true lets its children go, to save memory. */
  digest(element: XmlElement): boolean;
}

export type XmlStep =
  | { readonly step: "open"; readonly element: XmlElement; readonly parent: string; readonly depth: number }
  | { readonly step: "wanted"; readonly element: XmlElement }
  | { readonly step: "close"; readonly name: string; readonly depth: number; readonly line: number };

/** Wanted elements come whole; those around them as they open and close. */
export function* readElements(bytes: Uint8Array, watch: Watch): Generator<XmlStep> {
  let steps: XmlStep[] = [];
  const parser = makeParser(watch, (step) => steps.push(step));
  for (const chunk of decodeChunks(bytes, encodingOfXml(bytes))) {
    parser.write(chunk);
    yield* steps;
    steps = [];
  }
  parser.close();
  yield* steps;
}

function makeParser(watch: Watch, step: (step: XmlStep) => void) {
  const parser = new SaxesParser({ position: false, xmlns: false });
  const around: string[] = [];
  const within: XmlElement[] = [];
  const refuse = (complaint: string): never => {
    throw new BankFileError(complaint, { line: parser.line });
  };
  parser.on("doctype", () => refuse("A document type definition is not allowed."));
  parser.on("error", ({ message }) => refuse(`The XML is broken: ${message.replace(/\.$/, "").slice(0, 80)}.`));
  parser.on("opentag", (tag) => {
    const depth = around.length + within.length;
    if (depth >= maxDepth) refuse(`Elements are nested more than ${maxDepth} deep.`);
    const element = new XmlElement(tag.name.slice(tag.name.indexOf(":") + 1), parser.line, tag.attributes);
    const parent = within.at(-1);
    if (parent) {
      if (parent.children.length >= maxChildren) refuse(`There are more than ${maxChildren} elements in one.`);
      parent.children.push(element);
      parent.text = "";
    }
    if (parent || watch.enter(element.name, around.at(-1) ?? "")) within.push(element);
    else {
      step({ step: "open", element, parent: around.at(-1) ?? "", depth });
      around.push(element.name);
    }
  });
  const addText = (text: string) => {
    const element = within.at(-1);
    // Between children there is only the indentation.
    if (!element || element.children.length > 0) return;
    if (element.text.length + text.length > maxText) refuse(`There are more than ${maxText} letters in one element.`);
    element.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const element = within.pop();
    if (!element) {
      const name = around.pop() ?? "";
      step({ step: "close", name, depth: around.length, line: parser.line });
    } else if (within.length === 0) step({ step: "wanted", element });
    else if (watch.digest(element)) element.children.length = 0;
  });
  return parser;
}
