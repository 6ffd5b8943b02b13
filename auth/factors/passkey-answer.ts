// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a browser sends for a passkey (WebAuthn 5.1: PublicKeyCredential.toJSON), read with suspicion.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { z } from "zod";

export type Assertion = AuthenticationResponseJSON;
export type Attestation = RegistrationResponseJSON;

const longestAnswer = 20_000;
const bytes = z.string().regex(/^[\w-]+$/);
const credential = { id: bytes.max(1_400), rawId: bytes.max(1_400), type: z.literal("public-key") };

// What browsers add of their own is left out.
const assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: z.preprocess((given) => given || undefined, bytes.optional()),
  }),
});

const attestation = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .optional(),
  }),
});

const clientData = z.object({ challenge: bytes });

export function readAssertion(text: string): Assertion | undefined {
  const read = assertion.safeParse(parse(text)).data;
  return read && ({ ...read, clientExtensionResults: {} } as Assertion);
}

export function readAttestation(text: string): Attestation | undefined {
  const read = attestation.safeParse(parse(text)).data;
  return read && ({ ...read, clientExtensionResults: {} } as Attestation);
}

/** Which challenge this answers, as the browser says: it is believed when the signature is right. */
export function challengeIn({ response }: Assertion | Attestation): string | undefined {
  const said = parse(Buffer.from(response.clientDataJSON, "base64url").toString("utf8"));
  return clientData.safeParse(said).data?.challenge;
}

function parse(text: string): unknown {
  if (text.length > longestAnswer) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
