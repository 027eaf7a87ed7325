// The data of each BSL command (unisoc.md §5.1), all big-endian. Pure.

const words = (...values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => {
    view.setUint32(index * 4, value);
  });
  return new Uint8Array(view.buffer);
};

export const startPayload = (address: number, size: number): Uint8Array => words(address, size);

/** NV alone has a third word: the sum of the blob's bytes (§11.2). */
export const startNvPayload = (address: number, size: number, sum32: number): Uint8Array => words(address, size, sum32);

export const erasePayload = (address: number, size: number): Uint8Array => words(address, size);

export const readPayload = (address: number, size: number, offset: number): Uint8Array => words(address, size, offset);
