// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls back's operations over HTTP with a token.
import type { Answer, Input, Operation } from "./operation.ts";
import { type Problem, ProblemError, problem } from "./problems.ts";

export interface Client {
  /** Calls one operation. Throws ProblemError; its status is 503 with code `unreachable` when back does not answer. */
  call<O extends Operation>(operation: O, input?: Input<O>): Promise<Answer<O>>;
}

const answerWithinMs = 10_000;

/** A client whose every call bears the token that `token` gives (null: none, for public operations). */
export function openClient(backUrl: string, token: () => Promise<string | null>): Client {
  return {
    async call<O extends Operation>(operation: O, input?: Input<O>): Promise<Answer<O>> {
      const parts = (input ?? {}) as {
        params?: Record<string, unknown>;
        query?: Record<string, unknown>;
        body?: unknown;
      };
      const bearer = await token();
      const headers: Record<string, string> = { Accept: "application/json" };
      if (bearer) headers.Authorization = `Bearer ${bearer}`;
      if (parts.body !== undefined) headers["Content-Type"] = "application/json";
      const response = await fetch(backUrl + fillPath(operation.path, parts.params) + queryString(parts.query), {
        method: operation.method,
        headers,
        body: parts.body === undefined ? null : JSON.stringify(parts.body),
        redirect: "error",
        signal: AbortSignal.timeout(answerWithinMs),
      }).catch((cause) => {
        throw new ProblemError(unreachable(cause));
      });
      if (!response.ok) throw new ProblemError(await readProblem(response));
      return operation.answer.parse(response.status === 204 ? undefined : await response.json()) as Answer<O>;
    },
  };
}

function fillPath(path: string, params: Record<string, unknown> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(params[key])));
}

function queryString(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ""
    : `?${new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)]))}`;
}

async function readProblem(response: Response): Promise<Problem> {
  const read = problem.safeParse(await response.json().catch(() => undefined));
  if (read.success) return read.data;
  return { type: "about:blank", title: "Unexpected answer", status: response.status, code: "unexpected-answer" };
}

function unreachable(cause: unknown): Problem {
  const detail = cause instanceof Error ? cause.name : "unknown";
  return { type: "about:blank", title: "Back does not answer", status: 503, code: "unreachable", detail };
}
