// @ts-check
// References that keep nothing alive. workerd has neither of the two classes before 2024.

/**
 * A reference that does not keep `value` alive. Where there is no `WeakRef`, it does.
 *
 * @template {object} T
 * @param {T} value
 * @returns {{ deref(): T | undefined }}
 */
export const weakly = (value) => (typeof WeakRef === "function" ? new WeakRef(value) : { deref: () => value });

/** Calls the function that an object has been registered with when that object has been collected. */
export const collected =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry((/** @type {() => void} */ release) => release())
    : undefined;
