import { exchange, failure, isSignInError, refusal, resume, settle, signIn, start } from "./engine.js";

// What the package exports, over the module that `own` gives where `init` is told of no other.
export const client = (own) => {
  // How sessions ask the engine: after a trap, this is another one than at first.
  const run = (call, ...values) => exchange(() => load(call), call, ...values);

  const init = (source) => settle(undefined, async (call) => void (await load(call, source)));

  // The promise of an engine: shared by all calls, and forgotten when loading fails, when a call gives up
  // waiting for it, and when the engine traps.
  let engine;

  const load = async (call, source) => {
    const loading = (engine ??= open(source, () => forget(), call.signal));
    const forget = () => {
      if (engine === loading) engine = undefined;
    };
    call.signal.addEventListener("abort", forget);
    try {
      return await loading;
    } catch (error) {
      forget();
      throw error;
    } finally {
      call.signal.removeEventListener("abort", forget);
    }
  };

  const open = async (source, onTrap, signal) => {
    try {
      return await start(await compile(await source, own, signal), onTrap);
    } catch (cause) {
      throw isSignInError(cause) ? cause : failure("wasm_unavailable", { message: cure(cause) }, { cause });
    }
  };

  return {
    signIn: (apiKey, username, password, options) => signIn(run, apiKey, username, password, options),
    resume: (apiKey, token, options) => resume(run, apiKey, token, options),
    init,
  };
};

const cure = (cause) => {
  const start = "The WebAssembly module could not be loaded: ";
  if (typeof WebAssembly === "undefined") return `${start}this platform has no WebAssembly: switch it on, or use a current browser.`;
  if (/unsafe-eval|CSP|Content.Security/i.test(cause?.message))
    return `${start}the page's Content-Security-Policy needs 'wasm-unsafe-eval' in script-src.`;
  if (/embedder/.test(cause?.message)) return `${start}this platform compiles no bytes: give init() a WebAssembly.Module.`;
  return `${start}install the package again, or check what init() was told. See the cause.`;
};

const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

const compile = async (source, own, signal) => {
  if (source === undefined) return own();
  if (["String", "URL", "Request"].includes(tag(source))) source = await fetch(source, { signal });
  if (tag(source) === "Response") {
    if (!source.ok) throw new Error(`The server answered ${source.status}.`);
    // Not compileStreaming: it insists on a MIME type that many servers do not give.
    source = await source.arrayBuffer();
  }
  if (tag(source) === "WebAssembly.Module") return source;
  if (tag(source) === "ArrayBuffer" || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  throw refusal("source", "must be a URL, a Request, a Response, bytes or a WebAssembly.Module");
};
