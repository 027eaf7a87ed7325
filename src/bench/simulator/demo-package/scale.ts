// How large the images of a demo package are: as a demo shows them, or small ones for a campaign of thousands of jobs.

/** Room for the revision or the names that stand behind the first kibibyte of an image. */
const leastBytes = 0x500;

/** `scale` times the size, keeping what is over whole 32 bytes: an odd image stays odd. The size itself for a scale of 1. */
export function scaled(size: number, scale = 1): number {
  return Math.max(leastBytes, Math.floor((size * scale) / 32) * 32) + (size % 32);
}
