// Catches the WebAssembly instances of the package, which shows them to nobody, and counts its modules. To be imported
// before the package is. Nothing here is Node's: pages load it too.

const { Instance, Module, compile, instantiate } = WebAssembly;
const instances = [];
let modules = 0;
let packageUrl;

/** Begins to catch what the package at `url` makes. Node's own `fetch` has a module too. */
export const catchEngines = (url) => (packageUrl = url);

/** How many modules have been compiled. */
export const modulesCompiled = () => modules;

/** How many instances there are. */
export const enginesMade = () => instances.length;

/** The memory of each instance. */
export const memories = () =>
  instances.flatMap(({ exports }) => Object.values(exports).filter((each) => each instanceof WebAssembly.Memory));

const isOfPackage = () => new Error().stack.includes(packageUrl);

/** A constructor of which `made` is told whenever the package calls it. */
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
  // Of bytes, it makes a module as well, and gives both.
  const isModule = values[0] instanceof Module;
  if (ours && !isModule) modules++;
  const result = await instantiate.apply(WebAssembly, values);
  if (ours) instances.push(isModule ? result : result.instance);
  return result;
};
