// The contract suite in the guest, on the real bus. Knows nothing of the other tests.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/usb/guest/*.test.ts'],
    // Each test plugs a board of its own in, and the emulated processor is slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    globals: false,
  },
});
