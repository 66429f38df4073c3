// The digest runs as one file of plain JavaScript, for engines other than the one that runs the tests.

import { join } from "node:path";
import { build } from "vite";

/** Bundles `digests.ts` as an ES module into a folder. Returns the module's path. */
export async function bundleDigests(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      lib: { entry: join(import.meta.dirname, "digests.ts"), formats: ["es"], fileName: () => "digests.mjs" },
      outDir: folder,
      target: "es2023",
      minify: false,
    },
  });
  return join(folder, "digests.mjs");
}
