// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at what others run: directory, mail server, Stripe.
import net from "node:net";
import tls from "node:tls";
import { type Directory, openDirectory } from "@cdb/directory/directory.ts";
import type { Environment } from "../environment.ts";
import { type Check, type Outcome, ok, skipped, wrong } from "./check.ts";

export function outsideChecks(environment: Environment): Check[] {
  return [
    { about: "directory", look: () => meetDirectory(environment) },
    { about: "mail server", look: () => meetMailServer(environment.SMTP_URL) },
    { about: "Stripe", look: () => readStripeKeys(environment) },
  ];
}

async function meetDirectory(environment: Environment): Promise<Outcome> {
  const { LDAP_URL: url, LDAP_BASE_DN: baseDn, LDAP_BIND_DN: bindDn, LDAP_BIND_PASSWORD: bindPassword } = environment;
  if (!url) return skipped("LDAP_URL is not set.");
  if (!baseDn || !bindDn || !bindPassword)
    return wrong("LDAP_BASE_DN, LDAP_BIND_DN and LDAP_BIND_PASSWORD must be set, too.");
  if (isReadableOnTheWay(new URL(url)))
    return wrong(
      `Passwords travel readable to ${new URL(url).host}: write ldaps:// or put ?starttls behind the address.`,
    );
  try {
    const caFile = environment.LDAP_CA_FILE;
    const settings = { url, baseDn, bindDn, bindPassword, timeoutMs: 4_000, ...(caFile ? { caFile } : {}) };
    return await meetAt(url, openDirectory(settings));
  } catch {
    return wrong(`LDAP_CA_FILE cannot be read, or LDAP_URL is no address of a directory.`);
  }
}

async function meetAt(url: string, directory: Directory): Promise<Outcome> {
  try {
    const found = await directory.check();
    if (!found.ok) return wrong(found.problem);
    return (await directory.hasDecoy())
      ? ok(url)
      : wrong(
          "The directory has no entry uid=decoy,ou=system: the time that a sign-in takes tells who has an account.",
        );
  } finally {
    directory.close();
  }
}

function isReadableOnTheWay({ protocol, hostname, search }: URL): boolean {
  return protocol === "ldap:" && !search.includes("starttls") && !/^(localhost|127\.|\[::1\])/.test(hostname);
}

/** Waits for the greeting (RFC 5321, 4.2: 220) and leaves again. */
async function meetMailServer(address: string | undefined): Promise<Outcome> {
  if (!address) return skipped("SMTP_URL is not set.");
  if (!/^smtps?:\/\/./.test(address) || !URL.canParse(address))
    return wrong("SMTP_URL must be like smtp://mail.example.org:587.");
  const { protocol, hostname, port } = new URL(address);
  const secure = protocol === "smtps:";
  const at = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (secure ? 465 : 587) };
  const socket = secure ? tls.connect({ ...at, servername: at.host }) : net.connect(at);
  const heard = Promise.withResolvers<Outcome>();
  socket.setTimeout(4_000, () =>
    heard.resolve(wrong(`The mail server at ${at.host}:${at.port} does not greet within 4 s.`)),
  );
  socket.once("error", (error: NodeJS.ErrnoException) => heard.resolve(wrong(mailTrouble(at, error))));
  socket.once("close", () => heard.resolve(wrong(`${at.host}:${at.port} hangs up without a greeting.`)));
  socket.once("data", (greeting) => {
    const first = String(greeting).split("\r\n")[0] ?? "";
    heard.resolve(
      first.startsWith("220") ? ok(`${at.host}:${at.port}`) : wrong(`The mail server refuses: ${first.slice(0, 120)}`),
    );
    socket.end("QUIT\r\n");
  });
  try {
    return await heard.promise;
  } finally {
    socket.destroy();
  }
}

function mailTrouble({ host, port }: { host: string; port: number }, { code, message }: NodeJS.ErrnoException): string {
  const waits = "Mails wait until it does, and nothing is lost.";
  if (code === "ENOTFOUND") return `The name ${host} in SMTP_URL is unknown. ${waits}`;
  return `The mail server at ${host}:${port} does not answer (${code ?? message}). ${waits}`;
}

function readStripeKeys(environment: Environment): Outcome {
  const { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: webhook, STRIPE_API_URL: fake, NODE_ENV } = environment;
  if (!key) return skipped("STRIPE_SECRET_KEY is not set.");
  const [, kind] = /^[sr]k_(test|live)_\w+$/.exec(key) ?? [];
  if (!kind)
    return wrong(
      "STRIPE_SECRET_KEY does not begin with sk_live_, rk_live_, sk_test_ or rk_test_: it is no secret key.",
    );
  if (!webhook?.startsWith("whsec_"))
    return wrong("STRIPE_WEBHOOK_SECRET does not begin with whsec_: no notice of Stripe would be believed.");
  if (fake)
    return NODE_ENV === "production"
      ? wrong("STRIPE_API_URL is set: payments go to a fake. Unset it.")
      : ok(`fake at ${fake}`);
  if (kind === "test" && NODE_ENV === "production") return wrong("These are test keys: no money would come.");
  return ok(`${kind} keys`);
}
