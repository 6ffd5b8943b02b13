-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- A link proves a mailbox: it counts no more when the person has another address. Null: minted before this was kept.

alter table login_link add column address_hash bytea;
