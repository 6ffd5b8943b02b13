// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// PayPal's older way to tell of money, the Instant Payment Notification, in our words. Nothing in it is signed: it is told back to PayPal.
import { ForgedNotice, ProviderUnavailable, UnreadableNotice } from "./errors.ts";
import { emailOrNothing, oneLine } from "./notice-text.ts";
import { fetchText } from "./paypal-fetch.ts";
import { fromPaypalValue } from "./paypal-money.ts";
import { ignored, noticeOf, type ReadPaypalNotice } from "./paypal-notice.ts";

export interface IpnSettings {
  /** Where PayPal says whether it told this. */
  askAt: string;
  /** Addresses or numbers of our accounts, in small letters. */
  receivers: string[];
  live: boolean;
}

/**
 * Reads what was posted: the bytes as they came. Throws ForgedNotice when PayPal does not know it or the money went to
 * somebody else, UnreadableNotice for an unknown shape, ProviderUnavailable when PayPal does not say.
 */
export async function readIpn(rawBody: Uint8Array, { askAt, receivers, live }: IpnSettings): Promise<ReadPaypalNotice> {
  const fields = readFields(rawBody);
  const receiver = ["receiver_email", "business", "receiver_id"].map((name) => fields(name).toLowerCase());
  if (!receiver.some((each) => each !== "" && receivers.includes(each)))
    throw new ForgedNotice("The notice tells of money for another account.");
  await askPaypal(rawBody, askAt);
  // Told of the sandbox's money, a live system would book it, and the other way round.
  if ((fields("test_ipn") === "1") === live) return ignored("told by the other of PayPal's worlds, live or sandbox");
  return translate(fields, rawBody);
}

async function askPaypal(rawBody: Uint8Array, askAt: string): Promise<void> {
  const body = Buffer.concat([Buffer.from("cmd=_notify-validate&"), rawBody]);
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "community-database" };
  const { status, text } = await fetchText(askAt, { method: "POST", headers, body }, 1000);
  if (status === 200 && text.trim() === "VERIFIED") return;
  if (status === 200 && text.trim() === "INVALID") throw new ForgedNotice("PayPal does not know this notice.");
  throw new ProviderUnavailable(`PayPal does not say whether a notice is its own (${status})`);
}

type Fields = (name: string) => string;

function readFields(rawBody: Uint8Array): Fields {
  const bytes = Buffer.from(rawBody).toString("latin1");
  const pairs = bytes.split("&").map((pair): [string, string] => {
    const [name = "", value = ""] = [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)];
    return [unescaped(name), pair.includes("=") ? unescaped(value) : ""];
  });
  const named = new Map(pairs);
  if (named.size !== pairs.length) throw new ForgedNotice("The notice says something twice.");
  const decoder = decoderOf(named.get("charset"));
  const texts = new Map([...named].map(([name, value]) => [name, decoder.decode(Buffer.from(value, "latin1"))]));
  return (name) => texts.get(name) ?? "";
}

/** The bytes that were escaped, one character each. */
function unescaped(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function decoderOf(charset = "windows-1252"): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    throw new UnreadableNotice("The notice is in an unknown character set.");
  }
}

const kinds: Record<string, "received" | "refunded" | "failed"> = {
  Completed: "received",
  Refunded: "refunded",
  Reversed: "refunded",
  Denied: "failed",
  Failed: "failed",
};

function translate(fields: Fields, rawBody: Uint8Array): ReadPaypalNotice {
  const status = fields("payment_status");
  const name = fields("txn_id");
  if (name === "") return ignored(`IPN ${oneLine(fields("txn_type"), 40)} tells of no payment`);
  const kind = kinds[status];
  if (!kind) return ignored(`IPN of the state ${oneLine(status, 40)} moves no money`, status === "Canceled_Reversal");
  const original = kind === "refunded" ? fields("parent_txn_id") : "";
  const renewal = fields("recurring_payment_id") || fields("subscr_id");
  const amount = fromPaypalValue(fields("mc_gross"), fields("mc_currency"));
  const happenedAt = momentOf(fields("payment_date"));
  const ids = [name, original, renewal];
  if (!amount || !happenedAt || ids.some((id) => !/^[A-Za-z0-9-]{0,80}$/.test(id)))
    throw new UnreadableNotice("The IPN has an unknown shape.");
  const person = [fields("first_name"), fields("last_name")].filter((part) => part !== "").join(" ");
  const money = {
    ...{ name, kind, amount, happenedAt, reference: oneLine(fields("custom"), 140) },
    payer: { name: oneLine(person, 300), email: emailOrNothing(fields("payer_email")) },
    ...(original ? { original } : {}),
    ...(renewal ? { renewal } : {}),
  };
  return noticeOf(money, `ipn:${name}:${status}`, Buffer.from(rawBody).toString("latin1").replaceAll("\0", ""));
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `20:12:59 Jan 13, 2026 PST`, in the time of California. */
function momentOf(text: string): string | undefined {
  const [, time, month = "", day, year, zone] =
    /^(\d\d:\d\d:\d\d) ([A-Z][a-z]{2}) (\d\d?), (\d{4}) (PST|PDT)$/.exec(text) ?? [];
  const number = String(months.indexOf(month) + 1).padStart(2, "0");
  const at = Date.parse(`${year}-${number}-${day?.padStart(2, "0")}T${time}${zone === "PDT" ? "-07:00" : "-08:00"}`);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
