// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Why a mail did not arrive, from the status (RFC 3463) and the words of a mail server: is it the address, the moment, or us?

export type Reason =
  | "user-unknown"
  | "domain-unknown"
  | "mailbox-closed"
  | "mailbox-full"
  | "spam"
  | "policy"
  | "content"
  | "no-answer"
  | "other";

export interface Verdict {
  kind: "hard" | "soft" | "sender-trouble";
  /** Enhanced status such as `5.1.1`; empty: it told none. */
  status: string;
  reason: Reason;
}

/** `status`: the status that was given, or nothing; `words`: what was said beside it. */
export function judge(status: string, words: string): Verdict {
  const given = statusIn(status);
  // "5.0.0" says nothing: the words may hold a better one.
  const known = given === "" || given.endsWith(".0.0") ? statusIn(words) || given : given;
  const [kind, reason] = decide(known, sayingIn(words), words);
  return { kind, status: known, reason };
}

/** The first enhanced status in a text; empty: there is none. */
export function statusIn(text: string): string {
  return /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(text)?.[1] ?? "";
}

type Decision = [Verdict["kind"], Reason];

const causes: Record<Reason, Decision> = {
  "user-unknown": ["hard", "user-unknown"],
  "domain-unknown": ["hard", "domain-unknown"],
  "mailbox-closed": ["hard", "mailbox-closed"],
  "mailbox-full": ["soft", "mailbox-full"],
  spam: ["sender-trouble", "spam"],
  policy: ["sender-trouble", "policy"],
  content: ["sender-trouble", "content"],
  "no-answer": ["soft", "no-answer"],
  // Refused, and nobody says why: not the person's fault for sure.
  other: ["soft", "other"],
};

function decide(status: string, said: Reason, words: string): Decision {
  const [family, subject, detail] = status.split(".").map(Number);
  const isOurs = causes[said][0] === "sender-trouble";
  if (family === 5 && subject === 7) return isOurs ? causes[said] : causes.policy;
  // Many put a link to their policy under whatever they say.
  const isClear = family === 5 && (subject === 1 || subject === 2) && said === "policy";
  if (isOurs && !isClear) return causes[said];
  if (family === 4 || isForNow(status, words)) return ["soft", said === "other" ? "no-answer" : said];
  if (family === 5 && subject === 1) return addressing(detail, said);
  if (family === 5 && subject === 2) return mailbox(detail, said);
  if (subject === 6 || status === "5.3.4") return causes.content;
  return causes[said];
}

// X.1.7 and X.1.8 are about the address of the sender.
function addressing(detail: number | undefined, said: Reason): Decision {
  if (detail === 7 || detail === 8) return causes.policy;
  if (detail === 2) return causes["domain-unknown"];
  return causes[said][0] === "hard" ? causes[said] : causes["user-unknown"];
}

function mailbox(detail: number | undefined, said: Reason): Decision {
  if (detail === 1) return causes["mailbox-closed"];
  if (detail === 2) return causes["mailbox-full"];
  return detail === 3 ? causes.content : causes[said];
}

// Without a status, the reply of SMTP tells the same in three digits.
function isForNow(status: string, words: string): boolean {
  return status === "" && /(?<![\d.])4[25]\d[ -]/.test(words) && !/(?<![\d.])5[05]\d[ -]/.test(words);
}

// The first that fits: who is taken for a sender of spam is often told about it in the words of another trouble.
const sayings: readonly [Reason, RegExp][] = [
  [
    "spam",
    /\bspam|unsolicited|\bjunk\b|black ?list|block ?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|poor reputation|virus|malware/i,
  ],
  [
    "policy",
    /\bdmarc\b|\bspf\b|\bdkim\b|policy|reputation|rate.?limit|too many (connections|messages|recipients|mails)|throttl|relay(ing)? (access )?denied|not allowed to send/i,
  ],
  [
    "content",
    /message (is )?too (large|big|long)|exceeds (the )?(maximum )?(message )?size|size limit|Nachricht ist zu groß/i,
  ],
  [
    "mailbox-full",
    /(mailbox|inbox|mail ?folder|account)( for \S{1,100})? (is |was )?(almost )?(full|over)|over ?quota|quota (is )?exceeded|exceed\w{0,5} (\w{1,20} ){0,3}(quota|storage)|insufficient (\w{1,20} )?(storage|space)|out of storage|Postfach (ist )?(zu )?voll|bo[iî]te .{0,40}pleine/i,
  ],
  [
    "mailbox-closed",
    /(mailbox|account|address|user)( \S{1,100})? (is |has been |was )?(disabled|deactivated|inactive|suspended|closed|locked|terminated|not active|no longer (active|in use|available|valid))|no longer (works|employed)|wurde (deaktiviert|geschlossen|gelöscht)/i,
  ],
  [
    "user-unknown",
    /(user|recipient|mailbox|address|account|alias|person|local.?part)( \S{1,100})? (is )?(unknown|not found|not known|not listed|does(n.t| not) exist|unavailable)|unknown (user|recipient|address|local|mailbox|account)|no such (user|person|recipient|mailbox|address|account|local)|(isn.t|is not|not) (a )?(valid|known) (user|mailbox|recipient|address)|invalid (recipient|mailbox|address|user)|(couldn.t|could not|cannot) be found|no mailbox (here )?by that name|does(n.t| not) have an? \S{1,100} account|unrouteable address|recipientnotfound|recipient address rejected: (access denied|undeliverable)|doesn.t exist|(Benutzer|Empfänger|Adresse|Postfach)( \S{1,100})? (ist )?(unbekannt|existiert nicht|nicht gefunden)|utilisateur inconnu/i,
  ],
  [
    "domain-unknown",
    /(host|domain)( or domain)?( name)?( \S{1,100})? (is )?(not found|unknown|does(n.t| not) exist|couldn.t be found)|couldn.t find any host|nxdomain|name or service not known|nullmx|does not accept mail/i,
  ],
  [
    "no-answer",
    /timed? ?out|connection refused|try (again )?later|temporar|delivery time expired|retry (time|timeout)|too long|unreachable|greylist|network is down|not responding/i,
  ],
];

function sayingIn(words: string): Reason {
  return sayings.find(([, saying]) => saying.test(words))?.[0] ?? "other";
}
