// What Rocket.Chat's own parser makes of a text, in few shapes: ["text", words], ["code", words], ["bold", pieces],
// ["link", address, pieces], ["emoji", short name or "", as written], ["line"]; all else under its own name.

import { parse } from "@rocket.chat/message-parser";
import before from "@rocket.chat/message-parser-before";

// All that an administrator can switch on, and nothing of it.
const SWITCHES = {
  on: {
    colors: true,
    emoticons: true,
    katex: { dollarSyntax: true, parenthesisSyntax: true },
    customDomains: ["intranet", "corp.example"],
  },
  off: {},
};

const INLINE = {
  PLAIN_TEXT: (node) => [["text", node.value]],
  INLINE_CODE: (node) => [["code", node.value.value]],
  BOLD: (node) => [["bold", inline(node.value)]],
  LINK: (node) => [["link", node.value.src.value, inline([node.value.label].flat())]],
  EMOJI: (node) => [["emoji", node.shortCode ?? "", node.unicode ?? node.value.value]],
};

function inline(nodes) {
  return joined(nodes.flatMap((node) => INLINE[node.type]?.(node) ?? [[node.type.toLowerCase(), node.value]]));
}

export function joined(pieces) {
  const all = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (piece[0] === "text" && last?.[0] === "text") all[all.length - 1] = ["text", last[1] + piece[1]];
    else all.push(piece);
  }
  return all;
}

function block(node) {
  if (node.type === "PARAGRAPH") return inline(node.value);
  return node.type === "LINE_BREAK" ? [] : [[node.type.toLowerCase(), node.value]];
}

const lines = (blocks) => blocks.flatMap((node, index) => (index ? [["line"], ...block(node)] : block(node)));

export const readers = {};
for (const [version, read] of [["now", parse], ["before", before.parse]]) {
  for (const [name, switches] of Object.entries(SWITCHES)) {
    readers[`${version}, switches ${name}`] = (text) => lines(read(text, switches));
  }
}
