import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests import the package by its name, as users do, and get the sources.
  resolve: {
    alias: {
      "samsa/testing/vitest": new URL("../sim/testing/vitest.ts", import.meta.url).pathname,
      "samsa/testing": new URL("../sim/testing/index.ts", import.meta.url).pathname,
      samsa: new URL("../sim/index.ts", import.meta.url).pathname,
    },
  },
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
    globalSetup: ["test/program.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 120_000,
    pool: "threads",
    // Vitest would leave one core to itself: half of the two that CI has, while tests with real clients mostly wait.
    maxWorkers: "100%",
  },
});
