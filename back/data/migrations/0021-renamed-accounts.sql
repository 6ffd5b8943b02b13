-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Few accounts were ever renamed: what looks like one of their old names is found among these alone.

create index account_renamed on account (id) where former_usernames <> '{}';
