// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mail on the screen, with every header that it would have; and its HTML in a file, for a browser.
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { Invalid } from "../data/errors.ts";
import type { Mail } from "../mail/render.ts";
import type { Answer } from "./answer.ts";

/** Lets a command that shows a mail write its HTML down. */
export function offerHtmlFile(command: Command): Command {
  return command.option("--html <file>", "write the HTML into this file, to open it in a browser");
}

export async function showMail(mail: Mail, language: string, htmlFile?: string): Promise<Answer> {
  const { composeMail } = await import("../mail/mime.ts");
  const [head = ""] = (await composeMail(mail)).toString("latin1").split("\r\n\r\n", 1);
  const headers = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  if (htmlFile !== undefined) writeHtml(htmlFile, mail);
  const { to, subject, text, html, returnPath = mail.from.address } = mail;
  const shown = htmlFile === undefined ? html : `The HTML is in ${htmlFile}.`;
  return {
    json: { language, to, subject, returnPath, headers, text, html },
    text: [`Return-Path: <${returnPath}>`, ...headers, "", text.trimEnd(), "", "-- HTML --", shown]
      .join("\n")
      .trimEnd(),
  };
}

// In a file there are no parts that `cid:` could name.
function writeHtml(file: string, { html, attachments }: Mail): void {
  const whole = attachments.reduce(
    (text, { cid, content }) => text.replaceAll(`cid:${cid}`, `data:image/png;base64,${content.toString("base64")}`),
    html,
  );
  try {
    writeFileSync(file, whole);
  } catch {
    throw new Invalid("file-unwritable", "The file cannot be written.");
  }
}
