// What "samsa", "samsa/testing" and so on mean in a scenario file: the modules of this very program, wherever the file
// lies and whatever is installed beside it. So a file can be run where it is, next to its neighbours and its data.
// Node resolves names in two places, one for import and one for require: to the latter TypeScript comes down where no
// package.json says "type": "module". Both ask here first. Nothing else changes, and nothing is written anywhere.

import Module, { register } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ownPackage } from "./files.js";

/** Runs on Node's thread for hooks, which shares nothing with this one; the modules by name are sent to it. */
const HOOKS = `
  let modules = {};
  export const initialize = (given) => { modules = given; };
  export const resolve = (name, context, next) => next(modules[name] ?? name, context);
`;

/** How Node resolves what is required; not in Node's types, but what every loader of TypeScript replaces. */
interface Resolver {
  _resolveFilename(name: string, ...rest: unknown[]): string;
}

let isProvided = false;

/** From now on this program's modules can be imported and required by their names. */
export function provideOwnModules(): void {
  if (isProvided) return;
  isProvided = true;
  const modules = ownModules();
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data: modules });
  const resolver = Module as unknown as Resolver;
  const resolve = resolver._resolveFilename;
  resolver._resolveFilename = function (name, ...rest) {
    const url = modules[name];
    return resolve.call(this, url === undefined ? name : fileURLToPath(url), ...rest);
  };
}

/** "samsa/testing" and the like, with their URLs. */
function ownModules(): Readonly<Record<string, string>> {
  const { folder, exports } = ownPackage();
  const isCompiled = import.meta.url.endsWith(".js");
  const modules: Record<string, string> = {};
  for (const [name, target] of Object.entries(exports)) {
    if (typeof target === "string") continue;
    const path = isCompiled ? target.default : target.default.replace("./dist/", "./").replace(/\.js$/, ".ts");
    modules[`samsa${name.slice(1)}`] = pathToFileURL(join(folder, path)).href;
  }
  return modules;
}
