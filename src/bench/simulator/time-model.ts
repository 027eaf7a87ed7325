// How long a simulated board takes for what it does. Knows no protocol; the clock is the caller's.

export interface TimeModel {
  /** From power-on (or reset) with the strap closed until the ROM's USB device is there. */
  readonly enumerationMs: number;
  /** From power-on (or reset) until the firmware's USB device is there. */
  readonly bootMs: number;
  /** From that until AT answers. */
  readonly atReadyMs: number;
  /** From the end of the loader's download until it listens. */
  readonly loaderStartMs: number;
  /** From the acknowledged reset until the board leaves the bus. */
  readonly resetMs: number;
  /** Of one answered command, beside the flash work. */
  readonly turnaroundMs: number;
  /** A frame whose header has come is given up after this silence, where a device does that. */
  readonly partialFrameMs: number;
  /** Of the wire, each way. */
  readonly bytesPerMs: number;
  readonly eraseMs: { readonly sector4K: number; readonly block32K: number; readonly block64K: number };
  readonly programMsPerByte: number;
  /** How long the power stays off in a power cycle. */
  readonly powerOffMs: number;
  /** From the asked close of a transport until the operating system has let go. */
  readonly closeMs: number;
}

/** Typical values of a small NOR flash and a full-speed USB device; none of them was measured on a module. */
export const realistic: TimeModel = {
  enumerationMs: 350,
  bootMs: 3_500,
  atReadyMs: 1_200,
  loaderStartMs: 150,
  resetMs: 50,
  turnaroundMs: 0.2,
  partialFrameMs: 700,
  bytesPerMs: 1_000,
  eraseMs: { sector4K: 45, block32K: 120, block64K: 150 },
  programMsPerByte: 0.0016,
  powerOffMs: 500,
  closeMs: 1,
};

/** Every step at once, replies in the same call: for tests of bytes rather than of time. */
export const instant: TimeModel = {
  enumerationMs: 0,
  bootMs: 0,
  atReadyMs: 0,
  loaderStartMs: 0,
  resetMs: 0,
  turnaroundMs: 0,
  partialFrameMs: 700,
  bytesPerMs: Number.POSITIVE_INFINITY,
  eraseMs: { sector4K: 0, block32K: 0, block64K: 0 },
  programMsPerByte: 0,
  powerOffMs: 0,
  closeMs: 0,
};
