// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// OpenAPI 3.1 made from the operations themselves, so that it cannot say anything else.
import { z } from "zod";
import type { Operation } from "./operation.ts";
import { problem } from "./problems.ts";
import { scopes } from "./scopes.ts";

type Json = Record<string, unknown>;

/** The OpenAPI document of these operations at this server address, with tokens from this issuer. */
export function describeOperations(operations: readonly Operation[], serverUrl: string, issuer: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Community Database",
      version: "1",
      license: { name: "AGPL-3.0-or-later", identifier: "AGPL-3.0-or-later" },
    },
    servers: [{ url: serverUrl }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, "output") },
      securitySchemes: {
        openid: { type: "openIdConnect", openIdConnectUrl: `${issuer}/.well-known/openid-configuration` },
        program: { type: "oauth2", flows: { clientCredentials: { tokenUrl: `${issuer}/token`, scopes } } },
      },
    },
  };
}

function describe(operation: Operation): Json {
  const { name, summary, scope, status } = operation;
  const answer =
    status === 204 ? {} : { content: { "application/json": { schema: schemaOf(operation.answer, "output") } } };
  return {
    operationId: name,
    summary,
    tags: [name.split(".")[0]],
    security: scope === "public" ? [] : [{ openid: [scope] }, { program: [scope] }],
    ...parametersOf(operation),
    ...(isEmpty(operation.body)
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(operation.body, "input") } },
          },
        }),
    responses: {
      [status]: { description: "Done", ...answer },
      default: {
        description: "Refused or failed",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function parametersOf(operation: Operation): Json {
  const parameters = [...parametersIn(operation.params, "path"), ...parametersIn(operation.query, "query")];
  return parameters.length === 0 ? {} : { parameters };
}

function parametersIn(shape: z.ZodType, place: "path" | "query"): Json[] {
  if (isEmpty(shape)) return [];
  const { properties = {}, required = [] } = schemaOf(shape, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema,
  }));
}

function isEmpty(shape: z.ZodType): boolean {
  return shape instanceof z.ZodUndefined;
}

function schemaOf(shape: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io, unrepresentable: "any" }) as Json;
  return schema;
}
