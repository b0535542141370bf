import { failure, isSignInError, settle, SignInError, start } from "./engine.js";
import inlined from "./module.js";

export { isSignInError, SignInError };

export const signIn = (apiKey, username, password, options) =>
  settle(options, async (call) => (await load(call))(apiKey, username, password, options, call));

export const init = (source) => settle(undefined, async (call) => void (await load(call, source)));

// The promise of an engine: shared by all calls, and forgotten when loading fails, when a call gives up
// waiting for it, and when the engine traps.
let engine;

const load = async (call, source) => {
  const loading = (engine ??= open(source, () => forget()));
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

const open = async (source, onTrap) => {
  try {
    return await start(await compile(await source), onTrap);
  } catch (cause) {
    throw isSignInError(cause) ? cause : failure("wasm_unavailable", { message: cure(cause) }, { cause });
  }
};

const cure = ({ message }) => {
  const start = "The WebAssembly module could not be loaded: ";
  if (typeof WebAssembly === "undefined") return `${start}this platform has no WebAssembly.`;
  if (/unsafe-eval|CSP|Content.Security/i.test(message))
    return `${start}the page's Content-Security-Policy needs 'wasm-unsafe-eval' in script-src.`;
  return `${start}it is missing, damaged, or not what init() was told. See the cause.`;
};

const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);

const compile = async (source) => {
  if (source === undefined) return WebAssembly.compile(await inflate(inlined));
  if (["String", "URL", "Request"].includes(tag(source))) source = await fetch(source);
  if (tag(source) === "Response") {
    if (!source.ok) throw new Error(`The server answered ${source.status}.`);
    // Not compileStreaming: it insists on a MIME type that many servers do not give.
    source = await source.arrayBuffer();
  }
  if (tag(source) === "WebAssembly.Module") return source;
  if (tag(source) === "ArrayBuffer" || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  throw failure("invalid_argument", {
    argument: "source",
    message: "source must be a URL, a Request, a Response, bytes or a WebAssembly.Module.",
  });
};

// The module is deflated before it is put into text: base64 of the plain one comes out of gzip a
// quarter larger.
const inflate = (text) => {
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  // A damaged text fails where it is read.
  writer.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt())).catch(() => {});
  writer.close().catch(() => {});
  return new Response(readable).arrayBuffer();
};
