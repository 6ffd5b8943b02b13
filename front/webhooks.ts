// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where providers tell us about money: a genuine notice goes to back, and 2xx means that it is stored there.
import type { Client } from "@cdb/api/client.ts";
import { endRenewal as endRenewalOperation, type Provider, registerPayment } from "@cdb/api/payments.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { ForgedNotice, ProviderRefused, ProviderUnavailable, UnreadableNotice } from "@cdb/providers/errors.ts";
import type { StripeProvider } from "@cdb/providers/stripe.ts";
import type { Log } from "@cdb/runtime/log.ts";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";

const largestNotice = bodyLimit({
  maxSize: 1_000_000,
  onError: (c) => c.text("The notice is larger than 1 MB.", 413),
});

/** `POST /stripe`; no cookie, no CSRF check: the signature is the proof. Bodies are never logged. */
export function webhooks(stripe: StripeProvider, back: Client, log: Log): Hono {
  const app = new Hono();
  app.post("/stripe", largestNotice, async (c) => {
    const signature = c.req.header("Stripe-Signature") ?? null;
    try {
      const read = await stripe.readNotice(new Uint8Array(await c.req.arrayBuffer()), signature);
      if (read.kind === "ignored") log.debug({ why: read.why }, "notice ignored");
      else if (read.kind === "renewal-ended") await endRenewal(read, back, log);
      else await register(read, back, log);
      return c.body(null, 204);
    } catch (error) {
      return refuse(c, error, log);
    }
  });
  return app;
}

async function endRenewal(
  { provider, renewal }: { provider: Provider; renewal: string },
  back: Client,
  log: Log,
): Promise<void> {
  await back.call(endRenewalOperation, { params: { provider, renewal }, body: {} });
  log.info({ provider, renewal }, "renewal ended");
}

type Told = Extract<Awaited<ReturnType<StripeProvider["readNotice"]>>, { kind: "notice" }>;

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
