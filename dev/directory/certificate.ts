// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A certificate for localhost that signs itself, for tests.

import { execFileSync } from "node:child_process";
import path from "node:path";

/** PEM files in the folder. */
export function makeCertificate(folder: string, name = "certificate"): { key: string; certificate: string } {
  const [key, certificate] = [path.join(folder, `${name}-key.pem`), path.join(folder, `${name}.pem`)];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", [...request, ...subject, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  return { key, certificate };
}
