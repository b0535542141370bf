// Gets at the WebAssembly instances of the package, which exposes none, and counts its modules. It must be imported
// before the package. It uses nothing of Node's, since pages load it too.

const { Instance, Module, compile, instantiate } = WebAssembly;
const instances = [];
let modules = 0;
let packageUrl;

/** Starts to catch what the package at `url` makes. Node's own `fetch` has a module too, which is ignored. */
export const catchEngines = (url) => (packageUrl = url);

/** How many modules have been compiled. */
export const modulesCompiled = () => modules;

/** How many instances there are. */
export const enginesMade = () => instances.length;

/** The memory of each instance. */
export const memories = () =>
  instances.flatMap(({ exports }) => Object.values(exports).filter((each) => each instanceof WebAssembly.Memory));

const isOfPackage = () => new Error().stack.includes(packageUrl);

/** A constructor that passes each value that it makes for the package to `made`. */
const watched = (constructor, made) =>
  new Proxy(constructor, {
    construct(target, values, newTarget) {
      const ours = isOfPackage();
      const value = Reflect.construct(target, values, newTarget);
      if (ours) made(value);
      return value;
    },
  });

WebAssembly.Module = watched(Module, () => modules++);
WebAssembly.Instance = watched(Instance, (instance) => instances.push(instance));
WebAssembly.compile = (...values) => {
  if (isOfPackage()) modules++;
  return compile.apply(WebAssembly, values);
};
WebAssembly.instantiate = async (...values) => {
  const ours = isOfPackage();
  // Given bytes, `instantiate` compiles a module too, and returns both.
  const isModule = values[0] instanceof Module;
  if (ours && !isModule) modules++;
  const result = await instantiate.apply(WebAssembly, values);
  if (ours) instances.push(isModule ? result : result.instance);
  return result;
};
