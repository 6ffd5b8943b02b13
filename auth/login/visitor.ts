// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What we know about the browser that is at the door: its address, its words for itself, and two cookies of ours.
import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { generateCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import { equalInConstantTime, randomToken, type Secrets } from "../secrets.ts";
import type { Place } from "../sessions.ts";
import { networkOf } from "./throttle.ts";

export type Env = { Bindings: HttpBindings };

const yearSeconds = 365 * 86_400;

export class Visitors {
  readonly #secrets: Secrets;
  readonly #secure: boolean;
  readonly #proxies: number;

  constructor(secrets: Secrets, issuer: string, proxies: number) {
    this.#secrets = secrets;
    this.#secure = issuer.startsWith("https:");
    this.#proxies = proxies;
  }

  /** Only our own proxies are believed about the network: each adds whom it heard from at the end. */
  placeOf({ headers, socket }: IncomingMessage): Place {
    const told = [headers["x-forwarded-for"] ?? ""].flat().join(",").split(",");
    const address = this.#proxies > 0 ? told.at(-this.#proxies)?.trim() : undefined;
    const network = networkOf(address || (socket.remoteAddress ?? "unknown"));
    return { network, browser: describeBrowser(headers["user-agent"]) };
  }

  /** The secret that binds a sign-in to the browser in which a link was asked for, or something proved; made when missing. */
  bind(c: Context<Env>): string {
    const known = this.bound(c.env.incoming);
    const secret = known ?? randomToken();
    c.header("Set-Cookie", this.#cookie("auth-browser", secret, 3_600), { append: true });
    return secret;
  }

  bound(request: IncomingMessage): string | undefined {
    const secret = this.#read(request, "auth-browser");
    return secret && /^[\w-]{43}$/.test(secret) ? secret : undefined;
  }

  /** The cookie that says that this person has signed in with this browser: all the way, not by a password alone. */
  deviceCookie(account: string): string {
    const device = randomToken();
    return this.#cookie("auth-device", `${device}.${this.#signDevice(device, account)}`, yearSeconds);
  }

  isKnownDevice(request: IncomingMessage, account: string): boolean {
    const [device = "", signature = ""] = (this.#read(request, "auth-device") ?? "").split(".");
    const right = Buffer.from(this.#signDevice(device, account));
    return equalInConstantTime(right, Buffer.from(signature));
  }

  #signDevice(device: string, account: string): string {
    return this.#secrets.mac("known devices", `${device} ${account}`).toString("base64url");
  }

  // Browsers take the __Host- prefix only over https, which development does not have.
  #cookie(name: string, value: string, maxAge: number): string {
    const options = { httpOnly: true, sameSite: "Lax", path: "/", maxAge } as const;
    return generateCookie(name, value, this.#secure ? { ...options, prefix: "host", secure: true } : options);
  }

  #read({ headers }: IncomingMessage, name: string): string | undefined {
    const full = this.#secure ? `__Host-${name}` : name;
    return parse(headers.cookie ?? "", full)[full];
  }
}

const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const systems: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

/** "Firefox, Linux"; nothing of what a browser says goes further than this. */
function describeBrowser(userAgent = ""): string {
  const find = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  return [find(browsers), find(systems)].filter(Boolean).join(", ") || "?";
}
