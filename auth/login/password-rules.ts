// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a new password may not be: short, common, or the person's own name. Nothing is asked of its letters, digits and signs.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { prepare } from "@cdb/directory/password.ts";

export type PasswordFlaw = "too-short" | "too-long" | "unreadable" | "common" | "personal";

/** Whose password it is to be. */
export interface Owner {
  name: string;
  username: string | null;
  email: string;
}

export const shortestPassword = 12;
export const longestPassword = 256;
/** In the units of JavaScript: more than any password that was ever taken. */
export const longestTyped = 1_000;

/** What is wrong with a new password; nothing when it may be taken. Length is counted in characters (code points). */
export async function findFlaw(typed: string, owner: Owner): Promise<PasswordFlaw | undefined> {
  const password = prepare(typed);
  const length = [...password].length;
  if (length < shortestPassword) return "too-short";
  if (length > longestPassword) return "too-long";
  // No keyboard writes control characters, or halves of a character (OpaqueString, RFC 8265, 4.1).
  if (/[\p{Cc}\p{Cs}]/u.test(password)) return "unreadable";
  const text = password.toLowerCase();
  if (isPersonal(text, owner)) return "personal";
  return (await isCommon(text)) ? "common" : undefined;
}

const rows = ["1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl"];
const keyboards = [
  ...rows.map((row) => row.repeat(30)),
  "1234567890qwertyuiopasdfghjklzxcvbnm",
  "1234567890qwertzuiopasdfghjklyxcvbnm",
];
const fewestLetters = 5;

/** Also a common word with digits and signs around it, twice in a row, or in pieces. */
async function isCommon(text: string): Promise<boolean> {
  if (new Set(text).size < fewestLetters) return true;
  const joined = text.replace(/[\s._-]/g, "");
  const backwards = [...joined].reverse().join("");
  if (keyboards.some((row) => row.includes(joined) || row.includes(backwards))) return true;
  const [, unit = ""] = /^(.+?)\1+$/u.exec(joined) ?? [];
  const core = joined.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const words = [text, joined, unit, ...(core.length >= 4 ? [core] : [])];
  const list = await commonPasswords();
  return words.some((word) => word !== "" && list.includes(JSON.stringify(word)));
}

let common: Promise<Buffer> | undefined;

// As it is on the disk, half a megabyte: a set of its 49,000 words would take ten times that, for ever.
function commonPasswords(): Promise<Buffer> {
  common ??= readFile(fileURLToPath(import.meta.resolve("@zxcvbn-ts/language-common/src/passwords.json")));
  return common;
}

function isPersonal(text: string, { name, username, email }: Owner): boolean {
  const [mailbox = ""] = email.split("@");
  const words = [...name.split(/[^\p{L}\p{N}]+/u), username ?? "", mailbox, email, name];
  return words.map((word) => prepare(word).toLowerCase()).some((word) => contains(text, word));
}

/** A short name counts where it stands alone: Ada may like the Canadian maple. */
function contains(text: string, word: string): boolean {
  if (word.length >= 4) return text.includes(word);
  return word.length >= 2 && text.split(/[^\p{L}\p{N}]+/u).includes(word);
}
