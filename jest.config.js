export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/stripTypes.cjs" },
  modulePathIgnorePatterns: ["<rootDir>/.indie/"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
};
