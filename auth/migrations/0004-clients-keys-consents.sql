-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Keys of several algorithms that rotate, other resource servers, what people allowed to strangers' services, and who changed what.

-- Takes the place of signing_key, which processes of before still read.
create table jwk (
  kid text primary key,
  algorithm text not null,
  -- The next key is published before it signs; a retired one stays published while what it signed may live.
  state text not null check (state in ('next', 'active', 'retired')),
  -- A private JWK, AES-256-GCM: 12 bytes nonce, 16 bytes tag, the rest.
  private_key bytea not null,
  created_at timestamptz not null default now(),
  activated_at timestamptz check (activated_at is not null or state <> 'active'),
  retired_at timestamptz check ((retired_at is not null) = (state = 'retired'))
);
create unique index jwk_state on jwk (algorithm, state) where state <> 'retired';
insert into jwk (kid, algorithm, state, private_key, created_at, activated_at, retired_at)
  select kid, 'RS256', state, private_key, created_at, case when state <> 'next' then created_at end,
    case when state = 'retired' then now() end
  from signing_key;

-- Programs of others that take our access tokens (RFC 8707, RFC 9068).
create table resource_server (
  resource text primary key,
  name text not null,
  -- What each scope lets a client do, in words: {"calendar:read": "read your calendar"}.
  scopes jsonb not null,
  created_at timestamptz not null default now()
);

-- What a person has allowed a service that is not ours.
create table consent (
  account_id text not null,
  client_id text not null,
  scopes text[] not null,
  claims text[] not null,
  -- Scopes by resource.
  resources jsonb not null,
  given_at timestamptz not null default now(),
  -- Moves on while it is used.
  expires_at timestamptz not null,
  primary key (account_id, client_id)
);
create index consent_client on consent (client_id);
create index consent_expiry on consent (expires_at);

-- Who changed clients, resource servers and keys.
create table change (
  id bigint generated always as identity primary key,
  noun text not null,
  name text not null,
  verb text not null,
  by text not null,
  at timestamptz not null default now()
);
create index change_of on change (noun, name);
