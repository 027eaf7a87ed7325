// The unit: a module known by its IMEI and serial number. Knows how an IMEI is checked, not how it is read.

/** What a module says of itself in normal mode. Absent fields were not answered. */
export interface Identification {
  readonly model: string;
  readonly revision: string;
  readonly imei?: string;
  readonly sn?: string;
}

/** True for 15 digits whose Luhn check digit holds. All zeros, which would hold, is what a module that lost its IMEI answers. */
export function isValidImei(imei: string): boolean {
  if (!/^\d{15}$/.test(imei) || /^0+$/.test(imei)) return false;
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const digit = imei.charCodeAt(i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
