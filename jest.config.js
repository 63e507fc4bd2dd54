export default {
  testEnvironment: "node",
  setupFilesAfterEnv: ["<rootDir>/test/limits.js"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/stripTypes.cjs" },
  modulePathIgnorePatterns: ["<rootDir>/.indie/"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
};
