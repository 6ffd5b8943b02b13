// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Has the browser ask for a passkey, and sends the answer with the page's own form. Without it everything but passkeys goes on.

// Challenges live for five minutes.
const renewMs = 240_000;
let waiting = new AbortController();

for (const form of document.querySelectorAll("form[data-passkey]")) begin(form);

async function begin(form) {
  if (!globalThis.PublicKeyCredential || !navigator.credentials) return show(form, "unknown");
  show(form, "button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    waiting.abort();
    show(form, "failed", false);
    answer(form).catch(() => show(form, "failed"));
  });
  if ("offer" in form.dataset && (await PublicKeyCredential.isConditionalMediationAvailable?.())) offer(form);
}

// The browser offers passkeys in the field for the name, where it knows some.
function offer(form) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  answer(form, { mediation: "conditional", signal }).catch(() => {});
  setTimeout(() => signal.aborted || offer(form), renewMs);
}

async function answer(form, how = {}) {
  const response = await fetch(form.dataset.passkey, { method: "POST" });
  // The sign-in is over, or wants something else first: the page says so.
  if (!response.headers.get("Content-Type")?.startsWith("application/json"))
    return how.mediation ? undefined : location.reload();
  const asked = await response.json();
  const credential =
    "user" in asked
      ? await navigator.credentials.create({ publicKey: readCreation(asked), ...how })
      : await navigator.credentials.get({ publicKey: readRequest(asked), ...how });
  form.elements.namedItem("answer").value = JSON.stringify(write(credential));
  form.submit();
}

function show(form, part, isShown = true) {
  for (const element of form.querySelectorAll(`[data-when="${part}"]`)) element.hidden = !isShown;
}

// Browsers of before 2025 do not read and write JSON themselves.
function readCreation(asked) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(asked);
  const { challenge, user, excludeCredentials = [] } = asked;
  return {
    ...asked,
    challenge: toBytes(challenge),
    user: { ...user, id: toBytes(user.id) },
    excludeCredentials: excludeCredentials.map((known) => ({ ...known, id: toBytes(known.id) })),
  };
}

function readRequest(asked) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(asked);
  const { challenge, allowCredentials = [] } = asked;
  return {
    ...asked,
    challenge: toBytes(challenge),
    allowCredentials: allowCredentials.map((known) => ({ ...known, id: toBytes(known.id) })),
  };
}

function write(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { id, rawId, type, response } = credential;
  const written = { clientDataJSON: toText(response.clientDataJSON) };
  for (const part of ["authenticatorData", "signature", "userHandle", "attestationObject"])
    if (response[part]) written[part] = toText(response[part]);
  if (response.getTransports) written.transports = response.getTransports();
  return { id, rawId: toText(rawId), type, response: written };
}

function toBytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
