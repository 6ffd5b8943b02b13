// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The inbox's pages, for a person, and its answers in JSON, for tests.

import { Hono } from "hono";
import { html, raw } from "hono/html";
import type { InboxMessage, Messages } from "./inbox-messages.ts";

type Page = ReturnType<typeof html>;

const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'";
// What a mail brings is shown without scripts, forms and foreign pictures; its links open in a tab of their own.
const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const style = raw(`<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
ul.mails { list-style: none; padding: 0; }
ul.mails li { border-block-end: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .5rem 0; }
small, dt { color: light-dark(#555, #aaa); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } dd { margin: 0; }
pre { white-space: pre-wrap; font: inherit; } iframe { width: 100%; height: 40rem; border: 1px solid; background: #fff; }
</style>`);

export function buildInboxApp(messages: Messages): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    if (!context.res.headers.has("content-security-policy")) context.header("content-security-policy", policy);
    context.header("x-content-type-options", "nosniff");
  });
  app.get("/api/messages", (context) => context.json(messages.find(context.req.query("to"))));
  app.delete("/api/messages", (context) => {
    messages.clear();
    return context.body(null, 204);
  });
  app.get("/", (context) => context.html(listPage(messages.find(context.req.query("to")))));
  app.get("/messages/:id", (context) => {
    const message = messages.get(context.req.param("id"));
    return message ? context.html(messagePage(message)) : context.notFound();
  });
  app.get("/messages/:id/html", (context) => {
    const message = messages.get(context.req.param("id"));
    if (!message) return context.notFound();
    context.header("content-security-policy", mailPolicy);
    return context.html(`<base target="_blank">${message.html}`);
  });
  app.get("/messages/:id/attachments/:number", (context) => {
    const message = messages.get(context.req.param("id"));
    const attachment = message?.attachments[Number(context.req.param("number"))];
    if (!attachment) return context.notFound();
    context.header("content-security-policy", mailPolicy);
    context.header("content-type", attachment.contentType);
    return context.body(Buffer.from(attachment.content, "base64"));
  });
  app.notFound((context) => context.html(layout("No such mail", html`<p><a href="/">All mails</a></p>`), 404));
  return app;
}

function listPage(messages: InboxMessage[]): Page {
  const items = messages.map(
    (message) => html`<li><a href="/messages/${message.id}">${message.subject || "(no subject)"}</a><br>
      <small>to ${message.to} · ${moment(message)}</small></li>`,
  );
  const list = items.length > 0 ? html`<ul class="mails">${items}</ul>` : html`<p>No mail has come yet.</p>`;
  return layout("Mail inbox", html`<p>Every mail that the development system sent, newest first.</p>${list}`);
}

function messagePage(message: InboxMessage): Page {
  const headers = Object.entries(message.headers).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  const links = message.links.map((link) => html`<li><a href="${link}">${link}</a></li>`);
  const attachments = message.attachments.map(
    ({ filename, contentType }, number) =>
      html`<li><a href="/messages/${message.id}/attachments/${number}">${filename}</a> (${contentType})</li>`,
  );
  return layout(
    message.subject || "(no subject)",
    html`<p><a href="/">All mails</a></p>
      <dl><dt>from</dt><dd>${message.from}</dd><dt>to</dt><dd>${message.to}</dd><dt>received</dt><dd>${moment(message)}</dd></dl>
      ${links.length > 0 ? html`<h2>Links</h2><ul>${links}</ul>` : ""}
      <h2>Text</h2><pre>${message.text || "(none)"}</pre>
      ${message.html ? html`<h2>HTML</h2><iframe title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/messages/${message.id}/html"></iframe>` : ""}
      ${attachments.length > 0 ? html`<h2>Attachments</h2><ul>${attachments}</ul>` : ""}
      <details><summary>Headers</summary><dl>${headers}</dl></details>`,
  );
}

function layout(title: string, content: Page): Page {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">${style}</head>
    <body><main><h1>${title}</h1>${content}</main></body></html>`;
}

function moment(message: InboxMessage): Page {
  return html`<time datetime="${message.receivedAt}">${message.receivedAt.replace("T", " ").slice(0, 19)} UTC</time>`;
}
