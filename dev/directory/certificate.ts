// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A certificate for this machine, also as localhost, that signs itself: for tests.

import { execFileSync } from "node:child_process";
import { hostname } from "node:os";
import path from "node:path";

/** PEM files in the folder. */
export function makeCertificate(folder: string, name = "certificate"): { key: string; certificate: string } {
  const [key, certificate] = [path.join(folder, `${name}-key.pem`), path.join(folder, `${name}.pem`)];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const names = [...new Set(["localhost", ...ownNames()])].map((it) => `DNS:${it}`).join(",");
  const subject = ["-subj", "/CN=localhost", "-addext", `subjectAltName=${names}`];
  execFileSync("openssl", [...request, ...subject, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  return { key, certificate };
}

/** OpenLDAP's own client takes "localhost" for the name of this machine, and wants to see that. */
function ownNames(): string[] {
  try {
    return [
      hostname(),
      execFileSync("hostname", ["-f"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim(),
    ];
  } catch {
    return [hostname()];
  }
}
