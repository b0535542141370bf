// ESLint's recommended rules over every JavaScript file of ours.
import js from "@eslint/js";
import globals from "globals";

export default [
  {
    ignores: [
      "pkg/**",
      "**/target/**",
      "**/node_modules/**",
      "**/dist/**",
      "**/.next/**",
      "**/build/**",
      "**/generated/**",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.{js,mjs,jsx}"],
    languageOptions: {
      ecmaVersion: "latest",
      parserOptions: { ecmaFeatures: { jsx: true } },
      globals: { ...globals.browser, ...globals.serviceworker, ...globals.node, ...globals.es2024 },
    },
    rules: {
      // `_` is a parameter that is needed only so that the next one has its place.
      "no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_$", caughtErrors: "none", ignoreRestSiblings: true },
      ],
      // Some code has to ignore an error.
      "no-empty": ["error", { allowEmptyCatch: true }],
    },
  },
  // Node has `gc` with --expose-gc.
  { files: ["tests/**"], languageOptions: { globals: { gc: "readonly" } } },
  {
    // Nuxt imports these by itself.
    files: ["tests/packaging/nuxt/**"],
    languageOptions: {
      globals: { defineNuxtConfig: "readonly", defineEventHandler: "readonly", getRequestURL: "readonly" },
    },
  },
  { files: ["tests/packaging/jest/**"], languageOptions: { globals: globals.jest } },
  { files: ["**/*.cjs"], languageOptions: { sourceType: "commonjs", globals: globals.node } },
  {
    // The code that ships uses nothing of Node's.
    files: ["js/**"],
    languageOptions: { globals: { ...globals.node, process: "off", Buffer: "off", require: "off", global: "off" } },
  },
];
