// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One object per API call: the server serves it, the client calls it, OpenAPI is made from it.
import { z } from "zod";
import type { AuthScope, Scope } from "./scopes.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Shape = z.ZodType;

export interface Operation<
  P extends Shape = Shape,
  Q extends Shape = Shape,
  B extends Shape = Shape,
  A extends Shape = Shape,
> {
  /** Noun and verb, unique: `people.showMe`. */
  name: string;
  summary: string;
  method: Method;
  /** As in OpenAPI: `/people/{id}`. */
  path: string;
  /** The scope a token needs, or `public`. */
  scope: Scope | AuthScope | "public";
  params: P;
  query: Q;
  body: B;
  answer: A;
  /** 204 has no answer. */
  status: 200 | 201 | 202 | 204;
}

type Nothing = z.ZodUndefined;
type Parts<P extends Shape, Q extends Shape, B extends Shape, A extends Shape> = Pick<
  Operation,
  "name" | "summary" | "method" | "path" | "scope"
> & {
  params?: P;
  query?: Q;
  body?: B;
  answer?: A;
  status?: 200 | 201 | 202;
};

const nothing: Nothing = z.undefined();

/** Describes one call; what is left out is empty. Without an answer the status is 204. */
export function operation<
  P extends Shape = Nothing,
  Q extends Shape = Nothing,
  B extends Shape = Nothing,
  A extends Shape = Nothing,
>(parts: Parts<P, Q, B, A>): Operation<P, Q, B, A> {
  const { params = nothing, query = nothing, body = nothing, answer = nothing, status, ...rest } = parts;
  return {
    ...rest,
    params: params as P,
    query: query as Q,
    body: body as B,
    answer: answer as A,
    status: parts.answer === undefined ? 204 : (status ?? 200),
  };
}

type Part<K extends string, S extends Shape> =
  undefined extends z.input<S> ? { [key in K]?: undefined } : { [key in K]: z.input<S> };

/** What a caller passes: `{ params, query, body }`, those that the operation has. */
export type Input<O extends Operation> = Part<"params", O["params"]> &
  Part<"query", O["query"]> &
  Part<"body", O["body"]>;
/** What a handler gets: the same, checked. */
export type Checked<O extends Operation> = {
  params: z.output<O["params"]>;
  query: z.output<O["query"]>;
  body: z.output<O["body"]>;
};
export type Answer<O extends Operation> = z.output<O["answer"]>;
/** What a handler returns, before the answer's shape is applied. */
export type Presented<O extends Operation> = z.input<O["answer"]>;
