// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The plan "Basic": the authorization code flow, all that a client may ask for with it, and what a provider must refuse.
import { claimModules } from "./claim-modules.ts";
import { codeModules } from "./code-modules.ts";
import type { Plan } from "./module.ts";
import { promptModules } from "./prompt-modules.ts";
import { requestModules } from "./request-modules.ts";

export const basicPlan: Plan = {
  title: "Basic",
  modules: [...codeModules, ...claimModules, ...promptModules, ...requestModules],
};
