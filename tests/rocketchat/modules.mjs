// Lets Node.js load modules that do not say that they are: the schemas' (which leave out endings, too) and the page's.

import { register } from "node:module";

const HOOKS = `
export async function resolve(name, context, next) {
  const inside = context.parentURL?.includes("/@rocket.chat/rest-typings/");
  if (inside && name.startsWith(".")) return next(name + ".js", context);
  return next(inside && name === "ajv/dist/2020" ? "ajv/dist/2020.js" : name, context);
}
export async function load(url, context, next) {
  const inside = url.includes("/@rocket.chat/rest-typings/") || url.includes("/sandbox/page/");
  return next(url, inside ? { ...context, format: "module" } : context);
}`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
