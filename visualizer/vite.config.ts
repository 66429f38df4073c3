import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [viteSingleFile()],
  build: {
    outDir: fileURLToPath(new URL("../dist/visualizer", import.meta.url)),
    // dist/visualizer also holds what tsc compiled.
    emptyOutDir: false,
    chunkSizeWarningLimit: 1000,
  },
});
