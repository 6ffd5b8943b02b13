// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where providers tell us about money: a genuine notice goes to back, and 2xx means that it is stored there.
import type { Client } from "@cdb/api/client.ts";
import {
  endRenewal as endRenewalOperation,
  keepForeignNotice,
  type Provider,
  registerPayment,
  reportDecline,
} from "@cdb/api/payments.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { ForgedNotice, ProviderRefused, ProviderUnavailable, UnreadableNotice } from "@cdb/providers/errors.ts";
import type { PaypalProvider } from "@cdb/providers/paypal.ts";
import type { ReadPaypalNotice } from "@cdb/providers/paypal-notice.ts";
import type { StripeProvider } from "@cdb/providers/stripe.ts";
import type { Warning } from "@cdb/providers/warning.ts";
import type { Log } from "@cdb/runtime/log.ts";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";

const largestNotice = bodyLimit({
  maxSize: 1_000_000,
  onError: (c) => c.text("The notice is larger than 1 MB.", 413),
});

/** `POST /stripe`, `/paypal`, `/paypal/ipn`; no cookie, no CSRF check: the signature is the proof. Bodies are never logged. */
export function webhooks(stripe: StripeProvider, back: Client, log: Log, paypal?: PaypalProvider): Hono {
  const app = new Hono();
  const offer = (path: string, done: 200 | 204, hear: (body: Uint8Array, c: Context) => Promise<void>) =>
    app.post(path, largestNotice, async (c) => {
      try {
        await hear(new Uint8Array(await c.req.arrayBuffer()), c);
        return c.body(null, done);
      } catch (error) {
        return refuse(c, error, log);
      }
    });
  offer("/stripe", 204, async (body, c) => {
    const read = await stripe.readNotice(body, c.req.header("Stripe-Signature") ?? null);
    await act(read, back, log);
  });
  if (!paypal) return app;
  const hear = async (read: ReadPaypalNotice) =>
    read.kind === "approved" ? capture(paypal, read.order, log) : act(read, back, log);
  offer("/paypal", 204, async (body, c) => hear(await paypal.readNotice(body, (name) => c.req.header(name))));
  // The older way to tell takes 200 for an answer and nothing else.
  offer("/paypal/ipn", 200, async (body) => hear(await paypal.readIpn(body)));
  return app;
}

type Read = Awaited<ReturnType<StripeProvider["readNotice"]>> | Exclude<ReadPaypalNotice, { kind: "approved" }>;

async function act(read: Read, back: Client, log: Log): Promise<void> {
  if (read.kind === "renewal-ended") return endRenewal(read, back, log);
  if (read.kind === "notice") return register(read, back, log);
  if (read.kind === "declined" || read.kind === "foreign") return warn(read, back, log);
  if ("look" in read && read.look) log.warn({ why: read.why }, "notice ignored: somebody should look");
  else log.debug({ why: read.why }, "notice ignored");
}

// The donor may have closed the window before they came back to us.
async function capture(paypal: PaypalProvider, order: string, log: Log): Promise<void> {
  const outcome = await paypal.captureOrder(order);
  log.info({ order, outcome }, "order approved");
}

async function endRenewal(
  { provider, renewal }: { provider: Provider; renewal: string },
  back: Client,
  log: Log,
): Promise<void> {
  await back.call(endRenewalOperation, { params: { provider, renewal }, body: {} });
  log.info({ provider, renewal }, "renewal ended");
}

async function warn(read: Warning, back: Client, log: Log): Promise<void> {
  const { provider, noticeId } = read;
  const params = { provider, noticeId };
  if (read.kind === "declined") await back.call(reportDecline, { params, body: { reference: read.reference } });
  else await back.call(keepForeignNotice, { params, body: { raw: read.raw } });
  log.info({ provider, notice: noticeId }, read.kind === "declined" ? "a card was declined" : "foreign notice kept");
}

type Told = Extract<Read, { kind: "notice" }>;

async function register({ provider, providerReference, notice }: Told, back: Client, log: Log): Promise<void> {
  const { outcome } = await back.call(registerPayment, { params: { provider, providerReference }, body: notice });
  log.info({ provider, payment: providerReference, notice: notice.noticeId, outcome }, "notice told");
}

// Any answer but 2xx makes the provider tell it again, for three days: nothing is lost while somebody puts things right.
function refuse(c: Context, error: unknown, log: Log): Response {
  if (error instanceof ForgedNotice) {
    log.warn({ why: error.message }, "notice refused");
    return c.text(error.message, 400);
  }
  if (error instanceof UnreadableNotice) {
    log.error({ why: error.message }, "notice not understood: is the webhook set to our API version?");
    return c.text(error.message, 400);
  }
  const temporary = [ProblemError, ProviderUnavailable, ProviderRefused].some((kind) => error instanceof kind);
  if (!temporary) throw error;
  log.error({ err: error }, "notice not stored");
  return c.text("The notice could not be stored. Tell it again later.", 503, { "Retry-After": "60" });
}
