// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A small OpenID Connect Provider that signs everybody in at once and lets each code and refresh token be used once.
import { createHash, randomUUID } from "node:crypto";
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export interface FakeAuth {
  url: string;
  /** How long its access tokens live. */
  tokenSeconds: number;
  down: boolean;
  /** Refresh tokens that count; clearing it ends all sessions. */
  refreshTokens: Set<string>;
  asked: { authorizations: URLSearchParams[]; refreshes: number; programTokens: number };
  stop(): Promise<void>;
}

const { privateKey, publicKey } = await generateKeyPair("RS256");
const key = { ...(await exportJWK(publicKey)), kid: "test", alg: "RS256", use: "sig" };

export async function startAuth(): Promise<FakeAuth> {
  const codes = new Map<string, URLSearchParams>();
  const app = new Hono();
  const server = await listen(app.fetch, 0);
  const url = `http://127.0.0.1:${server.port}`;
  const auth: FakeAuth = {
    url,
    tokenSeconds: 300,
    down: false,
    refreshTokens: new Set(),
    asked: { authorizations: [], refreshes: 0, programTokens: 0 },
    stop: () => server.stop(),
  };
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "test" })
      .setIssuer(url)
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(privateKey);

  app.use(async (c, next) => (auth.down ? c.text("down", 503) : next()));
  app.get("/.well-known/openid-configuration", (c) =>
    c.json({
      issuer: url,
      authorization_endpoint: `${url}/auth`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      end_session_endpoint: `${url}/session/end`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      authorization_response_iss_parameter_supported: true,
    }),
  );
  app.get("/jwks", (c) => c.json({ keys: [key] }));
  app.get("/auth", (c) => {
    const asked = new URL(c.req.url).searchParams;
    auth.asked.authorizations.push(asked);
    const code = randomUUID();
    codes.set(code, asked);
    return c.redirect(
      `${asked.get("redirect_uri")}?code=${code}&state=${asked.get("state")}&iss=${encodeURIComponent(url)}`,
    );
  });
  app.post("/token", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const refuse = (error: string) => c.json({ error }, 400);
    if (c.req.header("Authorization") !== `Basic ${btoa("front:developmentfrontsecret")}`)
      return refuse("invalid_client");
    if (form.get("resource") !== "urn:community-database:back") return refuse("invalid_target");
    const answer = { token_type: "Bearer", expires_in: auth.tokenSeconds };
    if (form.get("grant_type") === "client_credentials") {
      auth.asked.programTokens += 1;
      return c.json({ ...answer, access_token: `program-${randomUUID()}`, scope: form.get("scope") });
    }
    const person = { ...answer, access_token: `person-${randomUUID()}`, refresh_token: randomUUID() };
    if (form.get("grant_type") === "refresh_token") {
      auth.asked.refreshes += 1;
      if (!auth.refreshTokens.delete(form.get("refresh_token") ?? "")) return refuse("invalid_grant");
      auth.refreshTokens.add(person.refresh_token);
      return c.json(person);
    }
    const asked = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (asked?.get("code_challenge") !== challenge) return refuse("invalid_grant");
    auth.refreshTokens.add(person.refresh_token);
    const idToken = await sign({ sub: randomUUID(), aud: "front", nonce: asked.get("nonce") });
    return c.json({ ...person, id_token: idToken });
  });
  return auth;
}
