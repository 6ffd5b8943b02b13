// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One request to PayPal: 10 s at most, no redirects, no endless answers.
import { ProviderUnavailable } from "./errors.ts";

const answerWithinMs = 10_000;
const largestAnswerBytes = 8_000_000;

export interface Fetched {
  status: number;
  headers: Headers;
  text: string;
}

/** Throws ProviderUnavailable when nobody answers, too late, or without end. A redirect is an answer like any other. */
export async function fetchText(url: string, init: RequestInit, largestBytes = largestAnswerBytes): Promise<Fetched> {
  try {
    const signal = AbortSignal.timeout(answerWithinMs);
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return { status: response.status, headers: response.headers, text: await readAtMost(response, largestBytes) };
  } catch (error) {
    if (error instanceof ProviderUnavailable) throw error;
    const code = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
    throw new ProviderUnavailable(`PayPal does not answer (${code})`);
  }
}

async function readAtMost(response: Response, most: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > most) throw new ProviderUnavailable("PayPal's answer is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
