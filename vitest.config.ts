import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/usb/**'],
    testTimeout: 30_000,
    // More than there are cores: the tests of the built program mostly wait for its real time to pass.
    maxWorkers: 6,
    globals: false,
    restoreMocks: true,
  },
});
