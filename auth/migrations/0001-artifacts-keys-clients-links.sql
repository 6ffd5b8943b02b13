-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Everything that auth keeps: what it has handed out, the keys it signs with, the programs it serves, and sign-in links.

-- Sessions, interactions, codes, tokens, grants. Secrets are there as SHA-256 only.
create table artifact (
  model text not null,
  id_hash bytea not null,
  -- json, not jsonb: it is never searched, and requests may hold characters that jsonb refuses.
  payload json not null,
  grant_id text,
  account_id text,
  session_uid text,
  client_id text,
  user_code text,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  primary key (model, id_hash)
);
create index artifact_grant on artifact (grant_id) where grant_id is not null;
create index artifact_account on artifact (account_id) where account_id is not null;
create index artifact_session on artifact (session_uid) where model = 'Session';
create index artifact_user_code on artifact (user_code) where user_code is not null;
create index artifact_expiry on artifact (expires_at);

create table signing_key (
  kid text primary key,
  -- The next key is published before it signs; a retired one stays published while what it signed may live.
  state text not null check (state in ('next', 'active', 'retired')),
  -- A private JWK, AES-256-GCM: 12 bytes nonce, 16 bytes tag, the rest.
  private_key bytea not null,
  created_at timestamptz not null default now()
);
create unique index signing_key_state on signing_key (state) where state <> 'retired';

create table client (
  id text primary key check (id ~ '^[A-Za-z0-9._-]{1,100}$'),
  -- As in RFC 7591; client_secret is a hash.
  metadata jsonb not null,
  created_at timestamptz not null default now()
);

create table login_link (
  token_hash bytea primary key,
  code_hash bytea not null,
  -- Of the cookie of the browser that asked.
  browser_hash bytea not null,
  -- The sign-in that waits in that browser.
  interaction_uid text not null,
  client_id text not null,
  account_id uuid not null,
  browser text not null,
  code_tries smallint not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  redeemed_at timestamptz
);
create index login_link_browser on login_link (browser_hash);
create index login_link_expiry on login_link (expires_at);

-- The form that rate-limiter-flexible expects; keys are hashes.
create table throttle (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
