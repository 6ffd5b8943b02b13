// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Pages for what went wrong: a plain sentence, a way on, and for our own mistakes a number that finds it in the log.
import { ProblemError } from "@cdb/api/problems.ts";
import type { Log } from "@cdb/runtime/log.ts";
import { html } from "@cdb/theme/html.ts";
import { HTTPException } from "hono/http-exception";
import { problemSentence } from "./problem-words.ts";
import { Refused, SignedOut } from "./refused.ts";
import type { Sessions } from "./session.ts";
import { SignInFailed } from "./sign-in.ts";
import { show, type Visit } from "./visit.ts";

export function showError(c: Visit, error: Error, sessions: Sessions, log: Log): Response | Promise<Response> {
  if (error instanceof SignedOut) return showSignedOut(c, sessions);
  const { status, code } = read(error);
  if (status >= 500) log.error({ err: error, correlationId: c.get("correlationId") }, "a request failed");
  if (status === 503) c.header("Retry-After", "30");
  const { t, site, correlationId } = c.var;
  const title = titleOf(c, status);
  const sentence = problemSentence(c, code) ?? t("Something went wrong on our side. We are sorry.");
  const number =
    status === 500
      ? html`<p>${t("If you write to us, please mention this number:")} <span class="code">${correlationId}</span></p>`
      : "";
  const email = site.organisation.contact.email;
  return show(
    c,
    {
      title,
      content: html`<p class="lead">${sentence}</p>${number}
        <p>${t("Questions?")} <a href="mailto:${email}">${email}</a></p>
        <p><a href="/">${t("To the home page")}</a></p>`,
    },
    status,
  );
}

type Status = Refused["status"] | 500;

function read(error: Error): { status: Status; code: string } {
  if (error instanceof Refused) return error;
  if (error instanceof SignInFailed) return { status: 400, code: "sign-in-failed" };
  if (error instanceof HTTPException && error.status === 403) return { status: 403, code: "cross-site" };
  if (error instanceof HTTPException && error.status === 413) return { status: 413, code: "body-too-large" };
  if (!(error instanceof ProblemError)) return { status: 500, code: "" };
  const { status, code } = error.problem;
  if (status === 503) return { status: 503, code: "unreachable" };
  if (code === "link-expired") return { status: 410, code };
  if (status === 404 || status === 409 || (status === 403 && code !== "scope-missing")) return { status, code };
  // Back found wrong what the page did not: the visitor sent something odd, or our checks have a gap.
  return status === 422 || status === 400 ? { status: 422, code: "form-incomplete" } : { status: 500, code: "" };
}

function titleOf(c: Visit, status: Status): string {
  const { t } = c.var;
  if (status === 404) return t("Not found");
  if (status === 410) return t("Too late");
  if (status === 503) return t("Not possible at the moment");
  return status === 500 ? t("Our mistake") : t("This did not work");
}

function showSignedOut(c: Visit, sessions: Sessions): Response | Promise<Response> {
  sessions.end(c);
  const { t } = c.var;
  const here = c.req.method === "GET" ? `?return=${encodeURIComponent(c.req.path)}` : "";
  return show(
    c,
    {
      title: t("You are signed out"),
      content: html`<p class="lead">${t("Your session is over. Please sign in again to go on.")}</p>
        <p class="actions"><a class="button" href="/sign-in${here}">${t("Sign in")}</a></p>`,
    },
    401,
  );
}
