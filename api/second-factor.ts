// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What administrators may have auth do for who has lost the second factor.
import { z } from "zod";
import { operation } from "./operation.ts";
import { administrator } from "./shapes.ts";

export const resetSecondFactor = operation({
  name: "secondFactor.reset",
  summary: "Take away all second factors and recovery codes of a person, who is told by mail",
  method: "POST",
  path: "/manage/second-factors/{uuid}/reset",
  scope: "second-factors:reset",
  params: z.strictObject({ uuid: z.uuid() }),
  query: administrator,
  /** How many factors there were. */
  answer: z.object({ removed: z.number() }),
});
