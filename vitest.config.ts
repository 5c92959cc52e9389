/** How tests run: on `src/`, without a build. Which behaviour is tested is the business of each package. */
import { defineConfig } from 'vitest/config'

// The private export condition of every package points at its sources.
const conditions = ['@headgate/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Machines are shared: a slow one is no failure.
          testTimeout: 30_000,
          include: [
            'packages/*/{src,test}/**/*.test.ts',
            'examples/*/*.test.ts',
            'bench/**/*.test.ts',
            'docs/test/**/*.test.ts',
          ],
        },
      },
    ],
    coverage: { provider: 'v8', include: ['packages/*/src/**'], exclude: ['**/*.test.ts', '**/*.case.ts'] },
  },
})
