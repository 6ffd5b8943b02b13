// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the fake PayPal remembers, in a file where one is named. Things bear PayPal's names and the few fields that matter here.
import { randomInt } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Delivery } from "../courier.ts";

/** An amount of the second API. */
export interface Money {
  value: string;
  currency_code: string;
}

export interface Payer {
  name: { given_name: string; surname: string };
  email_address: string;
  payer_id: string;
}

export interface Order {
  id: string;
  status: "PAYER_ACTION_REQUIRED" | "APPROVED" | "COMPLETED";
  create_time: string;
  reference_id: string;
  custom_id: string | undefined;
  description: string;
  amount: Money;
  return_url: string;
  cancel_url: string;
  /** How the donor chose to pay: `declined` is found out when the money is taken, `check` takes days. */
  by: "balance" | "check" | "declined";
  payer: Payer | undefined;
  capture: string | undefined;
}

/** Money that came: the capture of an order, or the sale of a subscription. */
export interface Payment {
  id: string;
  status: "PENDING" | "COMPLETED" | "DECLINED";
  create_time: string;
  update_time: string;
  amount: Money;
  refunded: number;
  custom_id: string | undefined;
  order: string | undefined;
  subscription: string | undefined;
  payer: Payer;
}

export interface Refund {
  id: string;
  payment: string;
  amount: Money;
  create_time: string;
}

export interface Dispute {
  dispute_id: string;
  payment: string;
  amount: Money;
  create_time: string;
}

/** Money that went to our bank. */
export interface Withdrawal {
  id: string;
  amount: Money;
  create_time: string;
}

export interface Plan {
  id: string;
  product_id: string;
  name: string;
  status: "ACTIVE";
  interval: string;
}

export interface Subscription {
  id: string;
  /** In the address of the page where it is approved. */
  ba_token: string;
  status: "APPROVAL_PENDING" | "ACTIVE" | "SUSPENDED" | "CANCELLED";
  plan_id: string;
  custom_id: string | undefined;
  amount: Money;
  create_time: string;
  return_url: string;
  cancel_url: string;
  subscriber: Payer | undefined;
  failures: number;
  lastFailure: { amount: Money; time: string } | undefined;
}

export interface Event {
  id: string;
  event_version: "1.0";
  create_time: string;
  resource_type: string;
  event_type: string;
  summary: string;
  resource: object;
}

interface Remembered {
  orders: Record<string, Order>;
  payments: Record<string, Payment>;
  refunds: Record<string, Refund>;
  disputes: Record<string, Dispute>;
  withdrawals: Record<string, Withdrawal>;
  products: Record<string, { id: string; name: string }>;
  plans: Record<string, Plan>;
  subscriptions: Record<string, Subscription>;
  events: Record<string, Event>;
  deliveries: Record<string, Delivery>;
  /** What each request with a `PayPal-Request-Id` made. */
  answers: Record<string, string>;
}

export interface Store extends Remembered {
  /** Writes the file; called once after each request that changed something. */
  save(): void;
}

export function openStore(file: string | undefined): Store {
  const nothing = {
    ...{ orders: {}, payments: {}, refunds: {}, disputes: {}, products: {}, plans: {}, subscriptions: {} },
    ...{ events: {}, deliveries: {}, answers: {}, withdrawals: {} },
  };
  const remembered: Remembered =
    file && existsSync(file) ? { ...nothing, ...JSON.parse(readFileSync(file, "utf8")) } : nothing;
  return {
    ...remembered,
    save() {
      if (!file) return;
      writeFileSync(`${file}.new`, JSON.stringify(remembered));
      renameSync(`${file}.new`, file);
    },
  };
}

const signs = "0123456789ABCDEFGHJKLMNPRSTUVWXY";

/** A number as PayPal gives them: letters and digits, 17 of them. */
export function newId(length = 17): string {
  return Array.from({ length }, () => signs[randomInt(signs.length)]).join("");
}

/** As the second API writes moments, without fractions. */
export function nowText(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
