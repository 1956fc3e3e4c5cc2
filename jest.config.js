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
  testTimeout: 30_000,
};
