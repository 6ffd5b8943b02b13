// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Resource servers of others that take auth's access tokens (RFC 8707), as administrators see and change them.
import { z } from "zod";
import { operation } from "./operation.ts";
import { administrator, line } from "./shapes.ts";

export const resource = line(500).min(1);
/** RFC 6749 3.3. */
export const scope = line(100).regex(/^[\u0021\u0023-\u005b\u005d-\u007e]+$/, "must be a scope");
const word = line(300).min(1);
const resourceServer = z.object({ resource: z.string(), name: z.string(), scopes: z.record(z.string(), z.string()) });

export const listResources = operation({
  name: "resources.list",
  summary: "The resource servers of others that take our tokens",
  method: "GET",
  path: "/manage/resources",
  scope: "clients:manage",
  answer: z.object({ resources: z.array(resourceServer) }),
});

export const writeResource = operation({
  name: "resources.write",
  summary: "Add a resource server, or change the one that is there",
  method: "PUT",
  path: "/manage/resources",
  scope: "clients:manage",
  query: administrator,
  body: z.strictObject({
    /** An absolute URI without fragment (RFC 8707); the audience of its tokens. */
    resource,
    name: word,
    /** What each scope allows, in words that follow "It asks to". */
    scopes: z.record(scope, word),
  }),
  answer: resourceServer,
});

export const removeResource = operation({
  name: "resources.remove",
  summary: "Remove a resource server that no client names any more",
  method: "DELETE",
  path: "/manage/resources",
  scope: "clients:manage",
  query: z.strictObject({ ...administrator.shape, resource }),
});
