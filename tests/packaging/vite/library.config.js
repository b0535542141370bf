import { defineConfig } from "vite";

export default defineConfig({
  build: { lib: { entry: "walk.js", formats: ["es"], fileName: "walk" }, outDir: "library" },
});
