import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/usb/**'],
    testTimeout: 30_000,
    globals: false,
    restoreMocks: true,
  },
});
