// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Postal addresses as each country writes them (the data of Google's libaddressinput).
import { formatAddress } from "localized-address-format";

export interface Address {
  lines: readonly string[];
  postcode: string;
  city: string;
  region?: string | undefined;
  /** ISO 3166-1, two letters, or empty. */
  country: string;
}

export type AddressPart = "lines" | "postcode" | "city" | "region";

/** The parts of an address there, in the order in which they are written; a country without postcodes has none. */
export function addressParts(country: string): AddressPart[] {
  const marks: Record<AddressPart, string> = { lines: "\u0001", postcode: "\u0002", city: "\u0003", region: "\u0004" };
  const { lines, ...others } = marks;
  const written = write({ lines: [lines], ...others, country }).join("");
  const parts = (Object.keys(marks) as AddressPart[]).filter((part) => written.includes(marks[part]));
  return parts.sort((a, b) => written.indexOf(marks[a]) - written.indexOf(marks[b]));
}

/** The address line by line, without the country. Nothing is left out, even where the country does not know such a part. */
export function addressLines(address: Address): string[] {
  const written = write(address);
  const parts = addressParts(address.country);
  const strange = (["postcode", "city", "region"] as const).filter((part) => !parts.includes(part));
  return [...written, ...strange.map((part) => address[part] ?? "")].filter((line) => line.trim() !== "");
}

function write({ lines, postcode, city, region, country }: Address): string[] {
  const address = { addressLines: [...lines], postalCode: postcode, locality: city, administrativeArea: region ?? "" };
  return formatAddress({ ...address, postalCountry: country || "DE" }, "latin");
}
