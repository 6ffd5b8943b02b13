-- SPDX-FileCopyrightText: 2026 The Community Database contributors
-- SPDX-License-Identifier: AGPL-3.0-or-later
-- An entry of the directory belongs to one account.

create unique index account_entry on account (entry_id);
