// `import "samsa/testing/vitest"` teaches vitest's `expect` the matchers, and TypeScript their types. Apart from the
// rest, so that "samsa/testing" needs fast-check only.

import { expect } from "vitest";
import { matchers, type RunMatchers } from "./matchers.js";

declare module "vitest" {
  // A module augmentation names the type parameter as vitest does, used or not.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-explicit-any
  interface Matchers<T = any> extends RunMatchers {}
}

expect.extend(matchers);
