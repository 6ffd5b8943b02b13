// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The stylesheet under an address that changes with its content, so that browsers may keep it for ever.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Stylesheet {
  /** e.g. `/style.1f0c2d3e4b5a.css` */
  address: string;
  respond(): Response;
}

/** Our stylesheet, followed by `theme.css` of the organisation's folder where there is one. */
export function openStylesheet(organisationFolder?: string): Stylesheet {
  const files = [join(import.meta.dirname, "style.css")];
  if (organisationFolder) files.push(join(organisationFolder, "theme.css"));
  const css = files
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const hash = createHash("sha256").update(css).digest("hex").slice(0, 12);
  const headers = { "Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable" };
  return { address: `/style.${hash}.css`, respond: () => new Response(css, { headers }) };
}
