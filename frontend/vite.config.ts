import { defineConfig } from "vitest/config";

/** Three entries, one build: the shop on every page, the workbench and the studio on their own. django-vite reads dist/manifest.json. */
export default defineConfig({
  base: "/static/",
  build: {
    manifest: "manifest.json",
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // A strict content policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { shop: "src/shop/main.ts", studio: "src/studio/main.ts", bench: "src/bench/main.ts" },
    },
  },
  // A test that needs a document says so in its first line.
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
