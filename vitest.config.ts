import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** `unit`: beside the code and the case folders, nothing but Node. `system`: whole processes, real clients, skipped with a word where a tool is absent. */
export default defineConfig({
  test: {
    projects: [
      {
        // One module graph per worker instead of one per file: less than half the CPU time.
        test: {
          name: 'unit',
          isolate: false,
          // vitest leaves one processor to itself, which on a machine with two would leave one idle.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          include: ['src/**/*.test.ts', 'cases/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'system',
          // A shared CI machine may starve whole processes for a moment; what passed only the second time is reported as retried.
          retry: process.env['CI'] ? 1 : 0,
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/build.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
