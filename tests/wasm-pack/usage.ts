// What a plain `wasm-pack build` declares, as TypeScript sees it.
import { resume, signIn } from "../../pkg/catalyze_signin.js";
import type { SignInError, SignInErrorCode, SignInOptions, SignedIn, User } from "../../pkg/catalyze_signin.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;

export const promise: Same<ReturnType<typeof signIn>, Promise<SignedIn>> = true;
export const parameters: Same<
  Parameters<typeof resume>,
  [apiKey: string, token: string, options?: SignInOptions]
> = true;

const { user, token }: SignedIn = await signIn("key", "bob", "password", {
  baseUrl: new URL("https://proxy.example"),
  timeoutMs: 5000,
  signal: new AbortController().signal,
});
export const name: string | null | undefined = user.name?.firstName;
export const again: User = (await resume("key", token)).user;
export const code = (error: SignInError): SignInErrorCode => error.code;

// @ts-expect-error a number is no key
signIn(5, "bob", "password");
// @ts-expect-error there is no such option
signIn("key", "bob", "password", { store: undefined });
// @ts-expect-error no such field
user.nothing;
