// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The schema of the embedded directory: the attributes and object classes it knows, and how values are checked and compared.

import { normalDn } from "./names.ts";
import { LdapError } from "./results.ts";

type Kind = "text" | "ia5" | "bytes" | "dn" | "integer" | "boolean" | "time" | "oid" | "uuid";

export interface AttributeType {
  oid: string;
  name: string;
  names: string[];
  kind: Kind;
  single: boolean;
  operational: boolean;
  /** Only the server writes it. */
  readOnly: boolean;
}

export interface ObjectClass {
  oid: string;
  name: string;
  above: string;
  kind: "ABSTRACT" | "STRUCTURAL" | "AUXILIARY";
  must: string[];
  may: string[];
}

const rules: Record<Kind, [equality: string, syntax: string]> = {
  text: ["caseIgnoreMatch", "15"],
  ia5: ["caseIgnoreIA5Match", "26"],
  bytes: ["octetStringMatch", "40"],
  dn: ["distinguishedNameMatch", "12"],
  integer: ["integerMatch", "27"],
  boolean: ["booleanMatch", "7"],
  time: ["generalizedTimeMatch", "24"],
  oid: ["objectIdentifierMatch", "38"],
  uuid: ["UUIDMatch", ""],
};

// oid, names, kind, then: 1 single value, o operational, r written by the server alone.
const typeTable = `
2.5.4.0 objectClass oid
2.5.4.3 cn,commonName text
2.5.4.4 sn,surname text
2.5.4.5 serialNumber text
2.5.4.7 l,localityName text
2.5.4.8 st text
2.5.4.9 street text
2.5.4.10 o,organizationName text
2.5.4.11 ou,organizationalUnitName text
2.5.4.12 title text
2.5.4.13 description text
2.5.4.15 businessCategory text
2.5.4.16 postalAddress text
2.5.4.17 postalCode text
2.5.4.20 telephoneNumber text
2.5.4.31 member dn
2.5.4.32 owner dn
2.5.4.34 seeAlso dn
2.5.4.35 userPassword bytes
2.5.4.42 givenName,gn text
2.5.4.43 initials text
0.9.2342.19200300.100.1.1 uid,userid text
0.9.2342.19200300.100.1.3 mail,rfc822Mailbox ia5
0.9.2342.19200300.100.1.6 roomNumber text
0.9.2342.19200300.100.1.10 manager dn
0.9.2342.19200300.100.1.20 homePhone text
0.9.2342.19200300.100.1.21 secretary dn
0.9.2342.19200300.100.1.25 dc,domainComponent ia5 1
0.9.2342.19200300.100.1.41 mobile text
0.9.2342.19200300.100.1.60 jpegPhoto bytes
1.3.6.1.4.1.250.1.57 labeledURI text
2.16.840.1.113730.3.1.2 departmentNumber text
2.16.840.1.113730.3.1.3 employeeNumber text 1
2.16.840.1.113730.3.1.4 employeeType text
2.16.840.1.113730.3.1.39 preferredLanguage text 1
2.16.840.1.113730.3.1.241 displayName text 1
2.16.840.1.113730.3.1.13 mailLocalAddress ia5
2.16.840.1.113730.3.1.18 mailHost ia5 1
2.16.840.1.113730.3.1.47 mailRoutingAddress ia5 1
1.3.6.1.4.1.42.2.27.8.1.1 pwdAttribute oid 1
1.3.6.1.4.1.42.2.27.8.1.2 pwdMinAge integer 1
1.3.6.1.4.1.42.2.27.8.1.3 pwdMaxAge integer 1
1.3.6.1.4.1.42.2.27.8.1.4 pwdInHistory integer 1
1.3.6.1.4.1.42.2.27.8.1.5 pwdCheckQuality integer 1
1.3.6.1.4.1.42.2.27.8.1.6 pwdMinLength integer 1
1.3.6.1.4.1.42.2.27.8.1.7 pwdExpireWarning integer 1
1.3.6.1.4.1.42.2.27.8.1.8 pwdGraceAuthNLimit integer 1
1.3.6.1.4.1.42.2.27.8.1.9 pwdLockout boolean 1
1.3.6.1.4.1.42.2.27.8.1.10 pwdLockoutDuration integer 1
1.3.6.1.4.1.42.2.27.8.1.11 pwdMaxFailure integer 1
1.3.6.1.4.1.42.2.27.8.1.12 pwdFailureCountInterval integer 1
1.3.6.1.4.1.42.2.27.8.1.13 pwdMustChange boolean 1
1.3.6.1.4.1.42.2.27.8.1.16 pwdChangedTime time 1or
1.3.6.1.4.1.42.2.27.8.1.17 pwdAccountLockedTime time 1o
1.3.6.1.4.1.42.2.27.8.1.19 pwdFailureTime time or
1.3.6.1.4.1.42.2.27.8.1.20 pwdHistory bytes or
1.3.6.1.4.1.42.2.27.8.1.21 pwdGraceUseTime time or
1.3.6.1.4.1.42.2.27.8.1.22 pwdReset boolean 1o
1.3.6.1.4.1.42.2.27.8.1.23 pwdPolicySubentry dn 1o
1.3.6.1.4.1.42.2.27.8.1.27 pwdStartTime time 1o
1.3.6.1.4.1.42.2.27.8.1.28 pwdEndTime time 1o
1.2.840.113556.1.2.102 memberOf dn or
1.3.6.1.1.16.4 entryUUID uuid 1or
1.3.6.1.1.20 entryDN dn 1or
2.5.18.1 createTimestamp time 1or
2.5.18.2 modifyTimestamp time 1or
2.5.18.3 creatorsName dn 1or
2.5.18.4 modifiersName dn 1or
2.5.18.9 hasSubordinates boolean 1or
2.5.18.10 subschemaSubentry dn 1or`;

// oid, name, above, kind; must; may
const classTable = `
2.5.6.0 top - ABSTRACT; objectClass;
2.5.6.4 organization top STRUCTURAL; o; userPassword seeAlso businessCategory telephoneNumber street postalCode postalAddress st l description
2.5.6.5 organizationalUnit top STRUCTURAL; ou; userPassword seeAlso businessCategory telephoneNumber street postalCode postalAddress st l description
2.5.6.6 person top STRUCTURAL; sn cn; userPassword telephoneNumber seeAlso description
2.5.6.7 organizationalPerson person STRUCTURAL; ; title telephoneNumber street postalCode postalAddress ou st l
2.5.6.9 groupOfNames top STRUCTURAL; member cn; businessCategory seeAlso owner ou o description
2.5.20.1 subschema top AUXILIARY; ;
2.5.6.14 device top STRUCTURAL; cn; serialNumber seeAlso owner ou o l description
1.3.6.1.4.1.1466.344 dcObject top AUXILIARY; dc;
0.9.2342.19200300.100.4.5 account top STRUCTURAL; uid; description seeAlso l o ou
0.9.2342.19200300.100.4.19 simpleSecurityObject top AUXILIARY; userPassword;
2.16.840.1.113730.3.2.2 inetOrgPerson organizationalPerson STRUCTURAL; ; businessCategory departmentNumber displayName employeeNumber employeeType givenName homePhone initials jpegPhoto labeledURI mail manager mobile o preferredLanguage roomNumber secretary uid
2.16.840.1.113730.3.2.147 inetLocalMailRecipient top AUXILIARY; ; mailLocalAddress mailHost mailRoutingAddress
1.3.6.1.4.1.42.2.27.8.2.1 pwdPolicy top AUXILIARY; pwdAttribute; pwdMinAge pwdMaxAge pwdInHistory pwdCheckQuality pwdMinLength pwdExpireWarning pwdGraceAuthNLimit pwdLockout pwdLockoutDuration pwdMaxFailure pwdFailureCountInterval pwdMustChange`;

const types = typeTable.trim().split("\n").map(readType);
const classes = classTable.trim().split("\n").map(readClass);
const typeByName = new Map(types.flatMap((type) => [type.oid, ...type.names].map((it) => [it.toLowerCase(), type])));
const classByName = new Map(classes.flatMap((it) => [[it.name.toLowerCase(), it] as const, [it.oid, it] as const]));

function readType(line: string): AttributeType {
  const [oid = "", names = "", kind = "text", flags = ""] = line.split(" ");
  const [name = ""] = names.split(",");
  const has = (flag: string): boolean => flags.includes(flag);
  return {
    oid,
    name,
    names: names.split(","),
    kind: kind as Kind,
    single: has("1"),
    operational: has("o"),
    readOnly: has("r"),
  };
}

function readClass(line: string): ObjectClass {
  const [head = "", must = "", may = ""] = line.split(";");
  const [oid = "", name = "", above = "", kind = ""] = head.split(" ");
  const list = (names: string): string[] => names.trim().split(" ").filter(Boolean);
  return { oid, name, above, kind: kind as ObjectClass["kind"], must: list(must), may: list(may) };
}

/** By name, other name or number, with or without options. */
export function findType(description: string): AttributeType | undefined {
  return typeByName.get((description.split(";")[0] ?? "").toLowerCase());
}

/** The schema's spelling of an attribute description; options are kept in small letters. */
export function describe(description: string): { key: string; type: AttributeType } {
  const type = findType(description);
  if (type === undefined)
    throw new LdapError("undefinedAttributeType", `${description.slice(0, 64)}: attribute type undefined`);
  return { key: [type.name, ...description.toLowerCase().split(";").slice(1)].join(";"), type };
}

/** These classes with all above them; throws for one that is unknown. */
export function classesOf(names: string[]): ObjectClass[] {
  const found = new Set<ObjectClass>();
  for (let name of names) {
    while (name !== "-") {
      const it = classByName.get(name.toLowerCase());
      if (it === undefined) throw new LdapError("invalidAttributeSyntax", "objectClass: unknown object class");
      found.add(it);
      name = it.above;
    }
  }
  return [...found];
}

export function checkSyntax(type: AttributeType, value: Buffer): void {
  const text = value.toString();
  const isValid: Record<Kind, () => boolean> = {
    text: () => value.length > 0 && Buffer.from(text).equals(value),
    ia5: () => value.every((byte) => byte < 128),
    bytes: () => true,
    dn: () => isDn(text),
    integer: () => /^-?\d{1,18}$/.test(text),
    boolean: () => text === "TRUE" || text === "FALSE",
    time: () => /^\d{10,14}(\.\d+)?Z$/.test(text),
    oid: () => /^[\w.-]+$/.test(text),
    uuid: () => /^[0-9a-f-]{36}$/i.test(text),
  };
  if (!isValid[type.kind]()) throw new LdapError("invalidAttributeSyntax", `${type.name}: value is invalid`);
}

function isDn(text: string): boolean {
  try {
    return normalDn(text) !== undefined;
  } catch {
    return false;
  }
}

/** Two values of a type are equal when these are. */
export function normalValue(kind: Kind, value: Buffer): string {
  if (kind === "bytes") return value.toString("latin1");
  const text = value.toString().normalize("NFKC").toLowerCase().trim();
  if (kind === "dn") return normalDn(value.toString());
  if (kind === "oid") return classByName.get(text)?.name.toLowerCase() ?? findType(text)?.name.toLowerCase() ?? text;
  return kind === "integer" ? String(BigInt(text)) : text.replace(/\s+/g, " ");
}

/** As clients read it in the subschema (RFC 4512, 4.1). */
export function publishedSchema(): Record<string, string[]> {
  const list = (word: string, names: string[]): string => (names.length > 0 ? ` ${word} ( ${names.join(" $ ")} )` : "");
  return {
    attributeTypes: types.map(({ oid, names, kind, single, operational, readOnly }) => {
      const [equality, syntax] = rules[kind];
      const number = kind === "uuid" ? "1.3.6.1.1.16.1" : `1.3.6.1.4.1.1466.115.121.1.${syntax}`;
      const flags = [
        single && " SINGLE-VALUE",
        readOnly && " NO-USER-MODIFICATION",
        operational && " USAGE directoryOperation",
      ];
      const name = names.length > 1 ? `( ${names.map((it) => `'${it}'`).join(" ")} )` : `'${names[0]}'`;
      return `( ${oid} NAME ${name} EQUALITY ${equality} SYNTAX ${number}${flags.filter(Boolean).join("")} )`;
    }),
    objectClasses: classes.map(({ oid, name, above, kind, must, may }) => {
      return `( ${oid} NAME '${name}'${above === "-" ? "" : ` SUP ${above}`} ${kind}${list("MUST", must)}${list("MAY", may)} )`;
    }),
  };
}
