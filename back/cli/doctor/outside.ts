// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at what others run: mail server, Stripe.
import net from "node:net";
import tls from "node:tls";
import type { Environment } from "../environment.ts";
import { type Check, type Outcome, ok, skipped, wrong } from "./check.ts";

export function outsideChecks(environment: Environment): Check[] {
  return [
    { about: "mail server", look: () => meetMailServer(environment.SMTP_URL) },
    { about: "Stripe", look: () => readStripeKeys(environment) },
  ];
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
