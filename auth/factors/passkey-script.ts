// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The one script of auth's pages, under an address that changes with its content.
import { readFileSync } from "node:fs";
import { sha256 } from "../secrets.ts";

const text = readFileSync(new URL("passkey.js", import.meta.url), "utf8");
const headers = {
  "Content-Type": "text/javascript; charset=utf-8",
  "Cache-Control": "public, max-age=31536000, immutable",
  "X-Content-Type-Options": "nosniff",
};

export const passkeyScript = {
  address: `/passkey.${sha256(text).toString("hex").slice(0, 12)}.js`,
  respond: (): Response => new Response(text, { headers }),
};
