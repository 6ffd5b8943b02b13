// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What back may have auth do with the sign-ins of a person.
import { z } from "zod";
import { operation } from "./operation.ts";

export const endSignIns = operation({
  name: "signIns.end",
  summary: "End every sign-in of a person, in every browser and at every service",
  method: "POST",
  path: "/manage/sign-ins/end",
  scope: "sign-ins:end",
  body: z.strictObject({ uuid: z.uuid() }),
});
