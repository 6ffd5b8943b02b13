// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The addresses of links in a mailing's text: whoever clicks gets to where the writer meant, whatever the fields say.
import { Invalid } from "../errors.ts";
import { splitAtFields } from "./mailing-fields.ts";

/** Stands for a field, whose words a reader's record decides. */
const gap = "\ufffc";
// As Markdown has them: behind words, below the text, in pointed brackets, or bare.
const places = [
  /\]\(\s*(?:<([^<>\n]*)>|((?:[^\s()<>]|\([^\s()]*\))*))/g,
  /^ {0,3}\[[^\]\n]+\]:[ \t]*<?([^\s<>]*)/gm,
  /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*)>/gi,
  /(\bhttps?:\/\/[^\s<>"'()[\]]*)/gi,
];
const code = /^ {0,3}```[\s\S]*?^ {0,3}```|`[^`\n]+`/gm;

/** Throws Invalid with the code `link-malformed` for one that is none, or whose beginning a field decides. */
export function checkAddresses(body: string): void {
  const text = splitAtFields(body).words.join(gap).replace(code, "");
  for (const place of places)
    for (const [, first, second] of text.matchAll(place)) {
      if (isAddress(first ?? second ?? "")) continue;
      throw new Invalid(
        "link-malformed",
        "The address of a link begins with https://, http:// or mailto: and a host; fields may only stand behind that.",
        "body",
      );
    }
}

function isAddress(address: string): boolean {
  if (/^mailto:[^\s@?\ufffc]+@[^\s@?\ufffc]+(\?\S*)?$/i.test(address)) return true;
  return /^https?:\/\/[^\s/?#\ufffc]+([/?#]\S*)?$/i.test(address) && URL.canParse(address.replaceAll(gap, "x"));
}
