// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// HTML as tagged templates: every value put into one is escaped, unless it is HTML itself.
import { html, raw } from "hono/html";

export { html, raw };
export type Html = ReturnType<typeof html>;
