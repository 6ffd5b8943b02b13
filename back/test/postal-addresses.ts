// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// An address of each country as people there write it: the shape of its postcode, and where they write so, its own script.
import type { PostalAddress } from "@cdb/api/shapes.ts";

// A postcode of the country's shape; a country that is not here has none.
const postcodes: Record<string, string> = {
  "1001": "AF AL AM AT AU BD BE BG CC CH CX CY DK ET GE GL GW HM HU LI LR LU MK MZ NE NF NO NP NZ PH PY SI SJ TN VE ZA",
  "10115":
    "AS AX BA BL BT CR CU DE DO DZ EE EG EH ES FI FR GF GP GT HN HR ID IQ IT JO KE KH KW LA LK MA MC ME MF MH MM MN MQ MR MX MY NC NI PE PF PK PM PR PS RE RS SA SD SM SN TF TH TR TW UA US UY VA VI WF YT ZM GU MP FM PW",
  "101000": "BY CN CO EC KG KZ NG PA RO RU SG TJ TM TT UZ VN IN",
  "101": "BH FO IS LS MG PG OM",
  "1010 AB": "NL",
  "100-0001": "JP",
  "00-950": "PL",
  "1000-205": "PT",
  "01310-100": "BR",
  "110 00": "CZ GR SE SK",
  "1010101": "CL IL",
  "12345-6789": "UM",
  "04524": "KR LT",
  "1999999999": "IR",
  "K1A 0B1": "CA",
  "SW1A 1AA": "GB",
  "GY1 1AA": "GG",
  "JE2 3QW": "JE",
  "IM1 1AA": "IM",
  "GX11 1AA": "GI",
  "ASCN 1ZZ": "SH",
  "FIQQ 1ZZ": "FK",
  "TKCA 1ZZ": "TC",
  "BIQQ 1ZZ": "AQ",
  "BBND 1ZZ": "IO",
  "PCRN 1ZZ": "PN",
  "SIQQ 1ZZ": "GS",
  AD500: "AD",
  "AZ 1000": "AZ",
  BB17004: "BB",
  BA1112: "BN",
  "HM 12": "BM",
  C1425CLA: "AR",
  "D02 AF30": "IE",
  HT6110: "HT",
  "KY1-1100": "KY",
  "LC05 201": "LC",
  "LV-1010": "LV",
  "MD-2001": "MD",
  "VLT 1117": "MT",
  "20026": "MV",
  "CP 1101": "SV",
  H100: "SZ",
  VC0100: "VC",
  VG1110: "VG",
  "AI-2640": "AI",
  WS1382: "WS",
  MSR1110: "MS",
  "1107 2810": "LB",
  "7600": "CV",
  "11001": "NA SO MU TZ",
};

const towns: Record<string, [string, string, string]> = {
  AE: ["شارع الشيخ زايد ١", "دبي", "دبي"],
  AM: ["Աբովյան 1", "Երևան", ""],
  BD: ["১ মতিঝিল", "ঢাকা", ""],
  CN: ["人民大街3号", "北京市", "北京"],
  ET: ["ቦሌ 1", "አዲስ አበባ", ""],
  GE: ["რუსთაველის გამზირი 1", "თბილისი", ""],
  GR: ["Ερμού 1", "Αθήνα", ""],
  IE: ["1 O’Connell Street", "Baile Átha Cliath", "Co. Dublin"],
  IL: ["שדרות רוטשילד 1", "תל אביב-יפו", ""],
  IN: ["१ संसद मार्ग", "नई दिल्ली", "Delhi"],
  IR: ["خیابان ولیعصر ۱", "تهران", "تهران"],
  IS: ["Laugavegur 1", "Reykjavík", ""],
  JP: ["千代田1-1", "千代田区", "東京都"],
  KH: ["ផ្លូវ ១", "ភ្នំពេញ", ""],
  KR: ["세종대로 1", "중구", "서울특별시"],
  LK: ["1 ගාලු පාර", "කොළඹ", ""],
  MM: ["၁ လမ်း", "ရန်ကုန်", ""],
  PL: ["ul. Świętokrzyska 1 m. 2", "Łódź", ""],
  RU: ["ул. Ленина, д. 1, кв. 2", "Москва", ""],
  TH: ["1 ถนนสุขุมวิท", "เขตวัฒนา", "กรุงเทพมหานคร"],
  TW: ["信義路1號", "信義區", "臺北市"],
  UA: ["вул. Хрещатик, 1", "Київ", ""],
  US: ["1600 Pennsylvania Ave NW #2", "Washington", "DC"],
  VN: ["1 Tràng Tiền", "Hoàn Kiếm", "Hà Nội"],
};

/** Two lines, a postcode where the country has them, a town, sometimes a region. */
export function postalAddressOf(country: string): PostalAddress {
  const [street, city, region] = towns[country] ?? [`Main “Street” 1/2 & Co`, `Town-by-the-Sea`, ""];
  const [postcode = ""] = Object.entries(postcodes).find(([, codes]) => codes.split(" ").includes(country)) ?? [];
  return { lines: [street, "c/o O'Neil <Flat 3>"], postcode, city, region, country };
}
