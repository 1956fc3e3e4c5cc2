/** Jest in ESM mode: @middy/core 7 publishes no CommonJS, so there is no `jest.mock`; dependencies are injected. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/lambdas', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } },
    ],
  },
  maxWorkers: 2,
  // For what hangs. It says nothing of speed: a busy machine may take its time.
  testTimeout: 120_000,
};
