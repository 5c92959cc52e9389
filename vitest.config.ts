import { defineConfig } from 'vitest/config'

// Tests run on src/, without a build, through the private export condition.
const conditions = ['@headgate/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [{ extends: true, test: { name: 'unit', include: ['packages/*/{src,test}/**/*.test.ts', 'examples/*/*.test.ts', 'docs/**/*.test.ts'] } }],
    coverage: { provider: 'v8', include: ['packages/*/src/**'] },
  },
})
