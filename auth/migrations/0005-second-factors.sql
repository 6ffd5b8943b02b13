-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Second factors: authenticator apps (RFC 6238), passkeys (WebAuthn), and codes for who has lost them.

create table factor (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null,
  kind text not null check (kind in ('app', 'passkey')),
  name text not null check (length(name) between 1 and 60),
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  -- Of an app: AES-256-GCM, 12 bytes nonce, 16 bytes tag, the rest.
  secret bytea,
  -- A keyed hash: a secret that stood here twice could be used twice in one step.
  secret_hash bytea unique,
  -- The last step of 30 seconds whose code was used.
  last_step bigint,
  -- Of a passkey.
  credential_id bytea unique,
  public_key bytea,
  sign_count bigint,
  transports text[],
  -- Kept by a service for all of a person's devices, not in one piece of hardware.
  is_synced boolean,
  check (num_nulls(secret, secret_hash, last_step) = case kind when 'app' then 0 else 3 end),
  check (num_nulls(credential_id, public_key, sign_count, transports, is_synced) = case kind when 'passkey' then 0 else 5 end)
);
create index factor_account on factor (account_id);

create table recovery_code (
  account_id uuid not null,
  -- Keyed.
  code_hash bytea not null,
  used_at timestamptz,
  primary key (account_id, code_hash)
);

create table passkey_challenge (
  challenge_hash bytea primary key,
  -- What was asked, in which sign-in or session.
  holder text not null,
  expires_at timestamptz not null
);
create index passkey_challenge_expiry on passkey_challenge (expires_at);
