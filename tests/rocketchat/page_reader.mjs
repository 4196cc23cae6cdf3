// What the sandbox's page makes of a text, in the shapes of server_reader.mjs: its own script, over a document of a few lines.

import "./modules.mjs";
import { joined } from "./server_reader.mjs";

class Element {
  constructor(name) {
    this.name = name;
    this.children = [];
  }
  append(...children) {
    this.children.push(...children);
  }
}

globalThis.document = { createElement: (name) => new Element(name), createTextNode: (text) => text };
const { render } = await import("../../alerthub/sandbox/page/markdown.js");

const NODES = {
  code: (node) => [["code", node.children.join("")]],
  strong: (node) => [["bold", pieces(node.children)]],
  a: (node) => [["link", node.title, pieces(node.children)]],
  span: (node) => (node.className ? [[node.className, node.children.join("")]] : pieces(node.children)),
  div: (node) => (node.className === "line" ? pieces(node.children) : [[node.className, node.children.join("")]]),
};

function pieces(nodes) {
  return joined(nodes.flatMap((node) => (node.name ? NODES[node.name]?.(node) ?? [[node.name, ""]] : [["text", node]])));
}

const blank = (line) => (line.length === 1 && line[0][1] === "\u00a0" ? [] : line);

export function readPage(text) {
  return render(text).children.flatMap((line, index) => [...(index ? [["line"]] : []), ...blank(pieces([line]))]);
}
