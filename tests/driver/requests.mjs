// Checks whether a request of the package is over when its call has settled: the body of the answer was read to its
// end, or reading failed, or the package has cancelled the body or aborted the request.
//
// The package gets the same object that `fetch` has returned; only the methods of that object are watched.

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
    /** Follows what `fetch` has returned. Returns it, or a promise of the same value if it is a promise. */
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

/** Does not touch a getter of the object's own, which a row has put there to throw. */
const isThenable = (value) => {
  if (!isObject(value) || attempt(() => Object.getOwnPropertyDescriptor(value, "then"))?.get) return false;
  return typeof attempt(() => value.then) === "function";
};

/** A promise with the same outcome, used in place of `promise`, which would otherwise count as handled. */
const whenSettled = (promise, onValue, onError) =>
  promise.then(
    (value) => (onValue(value), value),
    (error) => {
      onError(error);
      throw error;
    },
  );

const settling = (value, onValue, onError) => {
  // Not `instanceof`, since a promise may be of another realm.
  if (isThenable(value)) return whenSettled(Promise.resolve(value), onValue, onError);
  onValue(value);
  return value;
};

/** Replaces the method `name`, if there is one, and if it is not a getter of the object's own. */
function replace(object, name, make) {
  const own = Object.getOwnPropertyDescriptor(object, name);
  if (own?.get || own?.configurable === false) return false;
  const original = attempt(() => object[name]);
  if (typeof original !== "function") return false;
  return Reflect.defineProperty(object, name, { value: make(original), configurable: true, writable: true });
}

/** Follows a response, or what stands in for one. If there is no body, the request is over. */
function followResponse(response, reading, end) {
  if (!isObject(response)) {
    end();
    return response;
  }
  // A getter of the object's own is there to throw. A client that can't read the body must abort the request.
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
  // A `Response` without a body has these methods too.
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
