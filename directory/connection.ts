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
  whenLost: () => void = () => {},
): Promise<Client> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(whenLost);
  const watch = <S extends net.Socket>(socket: S): S =>
    socket.once("close", () => lost.reject(new Error("The connection was lost")));
  const openPlain = (...to: Parameters<typeof net.connect>): net.Socket => watch(net.connect(...to));
  const openTls = (...to: Parameters<typeof tls.connect>): tls.TLSSocket => watch(tls.connect(...to));
  const client = new Client({
    url: server.url,
    timeout: server.timeoutMs,
    connectTimeout: server.timeoutMs,
    // Options for TLS given here would encrypt ldap:// from the first byte, which is not StartTLS.
    ...(server.security === "tls"
      ? { tlsOptions: { ...server.tlsOptions }, createSecureConnection: onlyOnce(openTls as typeof tls.connect) }
      : { createConnection: onlyOnce(openPlain as typeof net.connect) }),
  });
  try {
    if (server.security === "start-tls") await startTls(client, server, lost.promise);
    await Promise.race([client.bind(dn, password, policy), lost.promise]);
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

/** The library waits for ever for a handshake that never comes, and for one whose connection is gone. */
async function startTls(client: Client, server: Server, lost: Promise<never>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("The TLS handshake timed out")), server.timeoutMs);
  try {
    await Promise.race([client.startTLS({ ...server.tlsOptions }), late.promise, lost]);
  } finally {
    clearTimeout(timer);
  }
}

export function hangUp(client: Client): void {
  client.unbind().catch(() => {});
}

/** The connection of the service account: made when first needed, shared, and made anew when it broke. */
export class ServiceConnection {
  readonly #connect: (whenLost: () => void) => Promise<Client>;
  #connection: Connection | undefined;

  constructor(server: Server, bindDn: string, bindPassword: string) {
    this.#connect = (whenLost) => connect(server, bindDn, bindPassword, undefined, whenLost);
  }

  /** Carries out `work`; once more on a new connection if an old one turns out to be dead. `work` must bear a repetition. */
  async use<T>(given: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    const old = this.#connection;
    try {
      return await this.#attempt(given, work);
    } catch (error) {
      const isDead = old !== undefined && this.#connection !== old;
      if (!isDead || given.aborted) throw error;
      return await this.#attempt(given, work);
    }
  }

  close(): void {
    this.#connection?.client.then(hangUp, () => {});
    this.#connection = undefined;
  }

  async #attempt<T>(given: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    this.#connection ??= this.#open();
    const connection = this.#connection;
    try {
      const client = await connection.client;
      return await Promise.race([work(askedWhile(given, client)), connection.lost]);
    } catch (error) {
      const isConnected = await connection.client.then(
        (it) => it.isConnected,
        () => false,
      );
      if (!isConnected) this.#forget(connection);
      throw error;
    }
  }

  /** The library does not notice when a connection breaks that StartTLS has encrypted: what waits for an answer would wait on. */
  #open(): Connection {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    const connection: Connection = {
      client: this.#connect(() => {
        this.#forget(connection);
        lost.reject(new Error("The connection was lost"));
      }),
      lost: lost.promise,
    };
    return connection;
  }

  #forget(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }
}

/** Whoever was given up asks nothing more: others have gone on, and what came late would undo what they did. */
function askedWhile(given: AbortSignal, client: Client): Client {
  return new Proxy(client, {
    get(target, name) {
      given.throwIfAborted();
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

interface Connection {
  client: Promise<Client>;
  lost: Promise<never>;
}
