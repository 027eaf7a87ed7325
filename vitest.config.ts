import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/usb/**'],
    testTimeout: 30_000,
    // More than there are cores: the tests of the built program mostly wait for its real time to pass.
    maxWorkers: 6,
    // No test patches a module, so files may share those of their worker: a quarter of the processor time.
    isolate: false,
    globals: false,
    restoreMocks: true,
  },
});
