// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The provider of this moment: with new keys a new one takes the place of the old, which ends what it has begun.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";

type Callback = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export class CurrentProvider {
  readonly #build: () => Provider;
  #provider: Provider;
  #answer: Callback;

  constructor(build: () => Provider) {
    this.#build = build;
    this.#provider = build();
    this.#answer = this.#provider.callback();
  }

  get provider(): Provider {
    return this.#provider;
  }

  renew(): void {
    this.#provider = this.#build();
    this.#answer = this.#provider.callback();
  }

  answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.#answer(request, response);
  }
}
