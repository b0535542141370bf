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
      // `_` is a value that is there because of its place.
      "no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_$", caughtErrors: "none", ignoreRestSiblings: true },
      ],
      // A check that something never throws has nothing to do when it does.
      "no-empty": ["error", { allowEmptyCatch: true }],
    },
  },
  // With --expose-gc.
  { files: ["tests/**"], languageOptions: { globals: { gc: "readonly" } } },
  { files: ["tests/packaging/jest/**"], languageOptions: { globals: globals.jest } },
  { files: ["**/*.cjs"], languageOptions: { sourceType: "commonjs", globals: globals.node } },
  {
    // What ships uses nothing of Node's.
    files: ["js/**"],
    languageOptions: { globals: { ...globals.node, process: "off", Buffer: "off", require: "off", global: "off" } },
  },
];
