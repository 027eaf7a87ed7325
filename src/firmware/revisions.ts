// Finds firmware revisions of Quectel modules in an image, e.g. `EC800ECNLCR01A21M04_OCPU`. For messages only: a text in a file
// proves nothing about what a module will answer.

const revisionPattern = /E[CG]\d{3}[A-Z]{5}[A-Z0-9]*R\d{2}A\d{2}[A-Z0-9_]*/g;

/** Each once, in the order they are found. */
export function findRevisions(image: Uint8Array): readonly string[] {
  const text = Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('latin1');
  return [...new Set(Array.from(text.matchAll(revisionPattern), ([revision]) => revision))];
}
