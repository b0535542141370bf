export default defineNuxtConfig({
  compatibilityDate: "2026-04-01",
  telemetry: false,
  // For the preset of Cloudflare alone, where the client imports its module.
  nitro: { experimental: { wasm: true } },
});
