// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The forms that change the person's own record: the contract is held, and what somebody else changed meanwhile is not overwritten.
import type { Input } from "@cdb/api/operation.ts";
import { changeMe, showMe } from "@cdb/api/people.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import type { FormState } from "@cdb/theme/form.ts";
import type { Back } from "../../back.ts";
import { fieldErrors, problemSentence } from "../../problem-words.ts";
import { checkBody, type Form } from "../../read-form.ts";
import type { Visit } from "../../visit.ts";

type Wish = Omit<Input<typeof changeMe>["body"], "version">;
/** The form once more: what was typed, what is wrong, and a sentence when somebody else changed the data. */
export type Again = { form: FormState; sentence: string | undefined; status: 409 | 422 };

/** Changes what is wished; gives what to show again when it was refused. */
export async function change(
  c: Visit,
  back: Back,
  form: Form,
  wish: Wish,
  fieldNames: Record<string, string>,
): Promise<Again | undefined> {
  const again = (errors: Record<string, string>): Again => ({
    form: { values: form.values, errors },
    sentence: undefined,
    status: 422,
  });
  const checked = checkBody(c, changeMe.body, { ...wish, version: Number(form.text("version") || 0) }, fieldNames);
  if ("errors" in checked) return again(checked.errors);
  try {
    await back.asVisitor(c).call(changeMe, { body: checked.body });
    return undefined;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const errors = fieldErrors(c, error.problem, fieldNames);
    if (errors) return again(errors);
    if (error.problem.code !== "changed-meanwhile") throw error;
    // With the present version the same form can be saved: the person has been told.
    const { version } = await back.asVisitor(c).call(showMe);
    const values = { ...form.values, version: String(version) };
    return { form: { values, errors: {} }, sentence: problemSentence(c, "changed-meanwhile"), status: 409 };
  }
}
