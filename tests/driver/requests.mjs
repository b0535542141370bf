// Whether a request that the package sends is over once its call has settled: the body of its answer was read to its
// end or failed, or the package has cancelled it or aborted the request.
//
// The package gets the very object that `fetch` gave, a Response if it was one: what is watched are the object's methods.

/**
 * @param {AbortSignal} [signal] the signal that `fetch` was given
 * @param {() => void} onReading called once, when the package has begun to read the body
 */
export function followRequest(signal, onReading = () => {}) {
  let over = false;
  const end = () => (over = true);
  let begun = false;
  const reading = () => {
    if (!begun) onReading();
    begun = true;
  };
  return {
    isOpen: () => !over && !signal?.aborted,
    failed: end,
    /** Follows what `fetch` has given. Returns it, or a promise of it if it is one. */
    follow(answer) {
      if (answer instanceof Promise) return whenSettled(answer, (value) => followResponse(value, reading, end), end);
      if (!isThenable(answer)) return followResponse(answer, reading, end);
      if (!Object.hasOwn(answer, "then")) return this.follow(Promise.resolve(answer));
      replace(
        answer,
        "then",
        (original) =>
          function (resolve, reject) {
            return original.call(
              this,
              (value) => resolve(followResponse(value, reading, end)),
              (error) => (end(), reject(error)),
            );
          },
      );
      return answer;
    },
  };
}

const isObject = (value) => Object(value) === value;

const attempt = (work) => {
  try {
    return work();
  } catch {}
};

/** A getter of the object's own is not touched: it is there to throw. */
const isThenable = (value) => {
  if (!isObject(value) || attempt(() => Object.getOwnPropertyDescriptor(value, "then"))?.get) return false;
  return typeof attempt(() => value.then) === "function";
};

/** A promise of the same outcome. To look at `promise` itself would make it count as handled. */
const whenSettled = (promise, onValue, onError) =>
  promise.then(
    (value) => (onValue(value), value),
    (error) => {
      onError(error);
      throw error;
    },
  );

const settling = (value, onValue, onError) => {
  // Also a promise of another realm, which is no instance of this one's class.
  if (isThenable(value)) return whenSettled(Promise.resolve(value), onValue, onError);
  onValue(value);
  return value;
};

/** Puts a function in the place of the method `name`, if there is one and it is no getter of the object's own. */
function replace(object, name, make) {
  const own = Object.getOwnPropertyDescriptor(object, name);
  if (own?.get || own?.configurable === false) return false;
  const original = attempt(() => object[name]);
  if (typeof original !== "function") return false;
  return Reflect.defineProperty(object, name, { value: make(original), configurable: true, writable: true });
}

/** Follows a response, or whatever stands in for one. Without a body, the request is over. */
function followResponse(response, reading, end) {
  if (!isObject(response)) {
    end();
    return response;
  }
  // A getter of the object's own is there to throw: who can read no body must abort.
  const isGetter = Boolean(attempt(() => Object.getOwnPropertyDescriptor(response, "body"))?.get);
  const body = isGetter ? undefined : attempt(() => response.body);
  if (isObject(body)) followStream(body, reading, end);
  const methods = ["arrayBuffer", "blob", "bytes", "json", "text"].filter((name) =>
    replace(
      response,
      name,
      (original) =>
        function (...values) {
          const content = original.apply(this, values);
          reading();
          return settling(content, end, () => {});
        },
    ),
  );
  // A Response without a body has the methods all the same.
  const hasNoBody = body === null || (body === undefined && !methods.length);
  if (hasNoBody && !isGetter) end();
  return response;
}

function followStream(stream, reading, end) {
  replace(
    stream,
    "getReader",
    (original) =>
      function (...values) {
        const reader = original.apply(this, values);
        followSteps(reader, "read", "cancel", reading, end);
        return reader;
      },
  );
  for (const name of ["values", Symbol.asyncIterator]) {
    replace(
      stream,
      name,
      (original) =>
        function (...values) {
          const iterator = original.apply(this, values);
          followSteps(iterator, "next", "return", reading, end);
          return iterator;
        },
    );
  }
  replace(
    stream,
    "cancel",
    (original) =>
      function (...values) {
        end();
        return original.apply(this, values);
      },
  );
}

/** Follows a reader or an iterator to its last step. */
function followSteps(steps, next, cancel, reading, end) {
  replace(
    steps,
    next,
    (original) =>
      function (...values) {
        const step = original.apply(this, values);
        reading();
        return settling(step, (value) => value?.done && end(), end);
      },
  );
  replace(
    steps,
    cancel,
    (original) =>
      function (...values) {
        end();
        return original.apply(this, values);
      },
  );
}
