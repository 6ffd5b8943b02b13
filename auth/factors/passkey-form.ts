// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A form that a script answers with a passkey. Where no script runs, it says so.
import { hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { below } from "./addresses.ts";
import { passkeyScript } from "./passkey-script.ts";

export interface PasskeyForm {
  /** Where the answer goes; what to ask the device is at `options` beneath. */
  action: string;
  button: string;
  /** Fields above the button. */
  fields?: Html;
  /** The browser may offer passkeys before somebody asks for one. */
  offer?: boolean;
  second?: boolean;
}

export function passkeyForm(t: Translate, { action, button, fields, offer, second }: PasskeyForm): Html {
  return html`<form method="post" action="${action}" data-passkey="${below(action, "options")}"${offer ? html` data-offer` : ""}>
${hidden("answer", "")}
<div data-when="button" hidden>${fields ?? ""}<p class="actions"><button${second ? html` class="second"` : ""}>${button}</button></p></div>
<p class="hint" data-when="unknown" hidden>${t("This browser knows no passkeys.")}</p>
<p class="error" role="alert" data-when="failed" hidden>${t("The browser got no answer from a passkey. Try again, or go another way.")}</p>
<noscript><p class="hint">${t("Passkeys need scripts, and this browser runs none.")}</p></noscript>
</form>
<script type="module" src="${passkeyScript.address}"></script>`;
}
