// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What an operation of the embedded directory may end with: result codes (RFC 4511, appendix A) and the error that carries one.

export const codes = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  sizeLimitExceeded: 4,
  compareFalse: 5,
  compareTrue: 6,
  authMethodNotSupported: 7,
  unavailableCriticalExtension: 12,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  constraintViolation: 19,
  attributeOrValueExists: 20,
  invalidAttributeSyntax: 21,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  unavailable: 52,
  unwillingToPerform: 53,
  namingViolation: 64,
  objectClassViolation: 65,
  notAllowedOnNonLeaf: 66,
  notAllowedOnRdn: 67,
  entryAlreadyExists: 68,
  other: 80,
} as const;

export type ResultCode = (typeof codes)[keyof typeof codes];

export interface Result {
  code: ResultCode;
  message?: string;
  matchedDn?: string;
}

export class LdapError extends Error {
  override name = "LdapError";
  readonly result: Result;

  constructor(code: keyof typeof codes, message: string, matchedDn = "") {
    super(message);
    this.result = { code: codes[code], message, matchedDn };
  }
}
