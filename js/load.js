// @ts-check
// Loads the engine, at the first call that needs it or by `init`.
import { dropBody } from "./body.js";
import { withDeadline } from "./deadline.js";
import { start } from "./engine.js";
import { errorOf, invalidArgument, isSignInError } from "./errors.js";
import { quietly } from "./exchange.js";
import { checkOptions, tagOf } from "./options.js";

/**
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./deadline.js").Call} Call
 */

/**
 * One sentence that says why the module could not be loaded and what to do.
 *
 * @param {any} cause
 */
const cureOf = (cause) => {
  const text = String(cause?.message);
  if (typeof WebAssembly === "undefined")
    return "this platform has no WebAssembly: switch it on, or use a current browser";
  if (/unsafe-eval|CSP|Content.Security/i.test(text)) {
    return "the page's Content-Security-Policy needs 'wasm-unsafe-eval' in script-src";
  }
  if (/embedder/.test(text)) return "this platform compiles no bytes: give init() a WebAssembly.Module";
  if (cause instanceof ReferenceError) return `this platform lacks something that it needs (${text})`;
  return "install the package again, or check what init() was told. See the cause";
};

/** @param {BufferSource} bytes */
const compile = (bytes) => {
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    // Some platforms allow only the asynchronous way, and some give a better error message there.
    return WebAssembly.compile(bytes);
  }
};

/**
 * The module that the argument of `init` stands for.
 *
 * @param {any} source
 * @param {AbortSignal} signal
 */
const moduleOf = async (source, signal) => {
  if (["String", "URL", "Request"].includes(tagOf(source))) source = await fetch(source, { signal });
  // A response of any library. `compileStreaming` would insist on a MIME type that many servers do not send.
  if (typeof source?.arrayBuffer === "function") {
    if (!source.ok) {
      quietly(() => dropBody(source));
      throw new Error(`The server answered ${source.status}.`);
    }
    source = await source.arrayBuffer();
  }
  if (tagOf(source) === "WebAssembly.Module") return source;
  if (tagOf(source) === "ArrayBuffer" || ArrayBuffer.isView(source)) {
    // V8 does not compile a `DataView`.
    const { buffer = source, byteOffset, byteLength } = source;
    return compile(new Uint8Array(buffer, byteOffset, byteLength));
  }
  throw invalidArgument("source", "must be a URL, a Request, a Response, bytes or a WebAssembly.Module");
};

/**
 * @param {() => BufferSource | WebAssembly.Module} ownModule returns the package's own module
 */
export const makeLoader = (ownModule) => {
  /**
   * The engine, once it is loaded.
   * @type {Engine | undefined}
   */
  let engine;
  /**
   * The loading that all calls share. Forgotten when it fails, when a call gives up waiting for it, and when the engine
   * traps.
   * @type {Promise<Engine> | undefined}
   */
  let loading;

  /**
   * @param {Promise<any> | any} source
   * @param {() => void} forget
   * @param {() => AbortSignal} begin
   */
  const open = async (source, forget, begin) => {
    try {
      const signal = begin();
      source = await source;
      if (source === undefined) source = ownModule();
      return await start(await moduleOf(source, signal), forget);
    } catch (cause) {
      if (isSignInError(cause)) throw cause;
      const message = `The WebAssembly module could not be loaded: ${cureOf(cause)}`;
      throw errorOf("wasm_unavailable", { message }, { cause });
    }
  };

  /**
   * @param {Call} [call] the call that waits for the engine
   * @param {any} [source]
   * @returns {Engine | Promise<Engine>}
   */
  const load = (call, source) => {
    if (engine) return engine;
    /** @type {AbortController | undefined} */
    let controller;
    const forget = () => {
      if (loading === mine) loading = engine = undefined;
    };
    const mine = (loading ??= open(
      source,
      () => forget(),
      () => (controller = new AbortController()).signal,
    ));
    call?.cleanups.push(() => {
      if (engine) return;
      forget();
      controller?.abort();
    });
    return mine.then(
      (loaded) => {
        if (loading === mine) engine = loaded;
        return loaded;
      },
      (error) => {
        forget();
        throw error;
      },
    );
  };

  /** @param {any} [source] */
  const init = (source) => withDeadline(checkOptions(), async (call) => void (await load(call, source)));

  return { load, init };
};
