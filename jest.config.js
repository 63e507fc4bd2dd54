export default {
  testEnvironment: "node",
  // Two cores that others use too: a limit is there to end what hangs, not to measure.
  testTimeout: 60_000,
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/stripTypes.cjs" },
  modulePathIgnorePatterns: ["<rootDir>/.indie/"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
};
