// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of a program: read once from the environment, checked together, frozen.
import { z } from "zod";

export interface Setting<T> {
  /** What the setting is for, in one sentence; `cdb doctor` and the mistakes below show it. */
  meaning: string;
  check: z.ZodType<T>;
  /** Takes the place of `check` in production, where less may be allowed. */
  production?: z.ZodType<T>;
  /** Used when the variable is absent outside production. A setting without it is always required, unless its check allows absence. */
  development?: string;
  /** Never shown; the development value is refused in production. */
  secret?: boolean;
}

export type Settings = Record<string, Setting<unknown>>;
export type Config<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Every mistake in the settings at once. */
export class ConfigError extends Error {
  readonly mistakes: string[];
  constructor(mistakes: string[]) {
    super(
      `The settings have ${mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`}:\n${mistakes.map((m) => `  ${m}`).join("\n")}`,
    );
    this.name = "ConfigError";
    this.mistakes = mistakes;
  }
}

/** Reads the settings named in `settings` from the environment. Throws ConfigError listing all mistakes. */
export function readConfig<S extends Settings>(settings: S, environment: NodeJS.ProcessEnv = process.env): Config<S> {
  const production = environment.NODE_ENV === "production";
  const config: Record<string, unknown> = {};
  const mistakes: string[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const given = environment[name] === "" ? undefined : environment[name];
    if (production && setting.secret && given !== undefined && given === setting.development)
      mistakes.push(`${name}: holds the development secret; give it one of your own. ${setting.meaning}`);
    const check = (production && setting.production) || setting.check;
    const checked = check.safeParse(given ?? (production ? undefined : setting.development));
    if (checked.success) config[name] = checked.data;
    else mistakes.push(`${name}: ${given === undefined ? "is missing" : complaint(checked.error)}. ${setting.meaning}`);
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return Object.freeze(config) as Config<S>;
}

/** A port to listen on; 0 lets the system choose. */
export const port: z.ZodType<number> = z.coerce.number().int().min(0).max(65535);

/** An http(s) address without a slash at the end. */
export const address: z.ZodType<string> = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""));

/** A secret long enough to sign or encrypt with. */
export const secret: z.ZodType<string> = z.string().min(16);

function complaint(error: z.ZodError): string {
  return error.issues.map((issue) => issue.message).join("; ");
}
