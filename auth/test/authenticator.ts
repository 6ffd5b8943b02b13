// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A device that keeps a passkey, for tests: one ES256 key, answers as a browser would (WebAuthn level 3).
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

interface Asked {
  challenge: string;
  user?: { id: string };
}

export interface Behaviour {
  /** Whether it checked who holds it. */
  knowsOwner?: boolean;
  /** Counts up by itself unless told. */
  count?: number;
  origin?: string;
  domain?: string;
}

export class Authenticator {
  readonly #key = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #origin: string;
  readonly id: Buffer = randomBytes(32);
  #userHandle = "";
  #count = 0;

  constructor(origin: string) {
    this.#origin = origin;
  }

  create(asked: Asked, behaviour: Behaviour = {}): string {
    this.#userHandle = asked.user?.id ?? "";
    const { x = "", y = "" } = this.#key.publicKey.export({ format: "jwk" });
    const point = (text: string) => bytes(Buffer.from(text, "base64url"));
    // COSE (RFC 9052): an EC2 key for ES256 on P-256.
    const key = Buffer.concat([hex("a501020326200121"), point(x), hex("22"), point(y)]);
    const attested = Buffer.concat([Buffer.alloc(16), length16(this.id), this.id, key]);
    const data = this.#data(behaviour, attested);
    const object = Buffer.concat([hex("a363666d74646e6f6e656761747453746d74a0686175746844617461"), bytes(data)]);
    return this.#present({
      clientDataJSON: this.#clientData("webauthn.create", asked, behaviour).toString("base64url"),
      attestationObject: object.toString("base64url"),
      transports: ["internal"],
    });
  }

  get(asked: Asked, behaviour: Behaviour = {}): string {
    this.#count = behaviour.count ?? this.#count + 1;
    const data = this.#data(behaviour);
    const clientData = this.#clientData("webauthn.get", asked, behaviour);
    const signed = Buffer.concat([data, createHash("sha256").update(clientData).digest()]);
    return this.#present({
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: sign("sha256", signed, this.#key.privateKey).toString("base64url"),
      userHandle: this.#userHandle,
    });
  }

  #data({ knowsOwner = true, domain }: Behaviour, attested?: Buffer): Buffer {
    const flags = 1 + (knowsOwner ? 4 : 0) + (attested ? 64 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(this.#count);
    const host = createHash("sha256")
      .update(domain ?? new URL(this.#origin).hostname)
      .digest();
    return Buffer.concat([host, Buffer.from([flags]), count, attested ?? Buffer.alloc(0)]);
  }

  #clientData(type: string, { challenge }: Asked, { origin }: Behaviour): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: origin ?? this.#origin, crossOrigin: false }));
  }

  #present(response: object): string {
    const id = this.id.toString("base64url");
    return JSON.stringify({ id, rawId: id, type: "public-key", response, clientExtensionResults: {} });
  }
}

function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

function length16(of: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(of.length);
  return length;
}

/** A byte string of CBOR. */
function bytes(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x58, content.length]), content]);
}
