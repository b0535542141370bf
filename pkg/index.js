import { client } from "./client.js";
import inlined from "./module.js";

export { isSignInError, SignInError, webStorage } from "./engine.js";

export const { signIn, resume, init } = client(async () => WebAssembly.compile(await inflate(inlined)));

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
