// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Connections to the LDAP server: how one is made, and the long-lived one of the service account.

import { readFileSync } from "node:fs";
import * as net from "node:net";
import * as tls from "node:tls";
import { Client, type PasswordPolicyControl } from "ldapts";

export interface Server {
  url: string;
  timeoutMs: number;
  security: "none" | "tls" | "start-tls";
  tlsOptions: tls.ConnectionOptions;
}

export function describeServer(url: string, caFile: string | undefined, timeoutMs: number): Server {
  if (!URL.canParse(url)) throw new Error(`The address of the directory is not a URL: ${url}`);
  const { protocol, hostname, host, search } = new URL(url);
  if (protocol !== "ldap:" && protocol !== "ldaps:")
    throw new Error("The address of the directory begins with ldap:// or ldaps://");
  if (search !== "" && search !== "?starttls")
    throw new Error("The address of the directory may end in ?starttls and nothing else");
  const name = hostname.replace(/^\[|\]$/g, "");
  const tlsOptions: tls.ConnectionOptions = { rejectUnauthorized: true, host: name };
  if (!net.isIP(name)) tlsOptions.servername = name;
  if (caFile !== undefined) tlsOptions.ca = readFileSync(caFile);
  const security = protocol === "ldaps:" ? "tls" : search === "?starttls" ? "start-tls" : "none";
  return { url: `${protocol}//${host}`, timeoutMs, security, tlsOptions };
}

/** Connects and binds. Whoever calls this closes the client with `hangUp`; on an error it is closed already. */
export async function connect(
  server: Server,
  dn: string,
  password: string,
  policy?: PasswordPolicyControl,
): Promise<Client> {
  const client = new Client({
    url: server.url,
    timeout: server.timeoutMs,
    connectTimeout: server.timeoutMs,
    // Options for TLS given here would encrypt ldap:// from the first byte, which is not StartTLS.
    ...(server.security === "tls"
      ? { tlsOptions: { ...server.tlsOptions }, createSecureConnection: onlyOnce(tls.connect) }
      : { createConnection: onlyOnce(net.connect) }),
  });
  try {
    if (server.security === "start-tls") await startTls(client, server);
    await client.bind(dn, password, policy);
    return client;
  } catch (error) {
    hangUp(client);
    throw error;
  }
}

/** Left alone, the library replaces a lost connection by one that is bound to nobody, and goes on as if nothing were. */
function onlyOnce<F extends (...args: never[]) => net.Socket>(open: F): F {
  let isUsed = false;
  const guarded = (...args: Parameters<F>): net.Socket => {
    if (isUsed) throw new Error("The connection was lost");
    isUsed = true;
    return open(...args);
  };
  return guarded as F;
}

/** The library waits for ever for a handshake that never comes. */
async function startTls(client: Client, server: Server): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("The TLS handshake timed out")), server.timeoutMs);
  try {
    await Promise.race([client.startTLS({ ...server.tlsOptions }), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export function hangUp(client: Client): void {
  client.unbind().catch(() => {});
}

/** The connection of the service account: made when first needed, shared, and made anew when it broke. */
export class ServiceConnection {
  readonly #connect: () => Promise<Client>;
  #client: Promise<Client> | undefined;

  constructor(server: Server, bindDn: string, bindPassword: string) {
    this.#connect = () => connect(server, bindDn, bindPassword);
  }

  /** Carries out `work`; once more on a new connection if an old one turns out to be dead. `work` must bear a repetition. */
  async use<T>(given: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    const old = this.#client;
    try {
      return await this.#attempt(work);
    } catch (error) {
      const isDead = old !== undefined && this.#client !== old;
      if (!isDead || given.aborted) throw error;
      return await this.#attempt(work);
    }
  }

  close(): void {
    this.#client?.then(hangUp, () => {});
    this.#client = undefined;
  }

  async #attempt<T>(work: (client: Client) => Promise<T>): Promise<T> {
    this.#client ??= this.#connect();
    const client = this.#client;
    try {
      return await work(await client);
    } catch (error) {
      const isConnected = await client.then(
        (it) => it.isConnected,
        () => false,
      );
      if (!isConnected && this.#client === client) this.#client = undefined;
      throw error;
    }
  }
}
