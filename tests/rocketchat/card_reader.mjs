// What Rocket.Chat's web client makes of an attachment's text: it escapes HTML and gives it to marked. In the shapes of
// server_reader.mjs.

import { marked } from "marked";
import { joined } from "./server_reader.mjs";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&nbsp;": "\u00a0" };

const escaped = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\u00a0/g, "&nbsp;");
const shown = (html) => html.replace(/&(?:lt|gt|amp|quot|#39|nbsp);/g, (entity) => ENTITIES[entity]);

const TOKENS = {
  paragraph: (token) => pieces(token.tokens),
  space: () => [["line"]],
  br: () => [["line"]],
  text: (token) => (token.tokens ? pieces(token.tokens) : [["text", shown(token.text)]]),
  escape: (token) => [["text", shown(token.text)]],
  codespan: (token) => [["code", shown(shown(token.text))]],
  strong: (token) => [["bold", pieces(token.tokens)]],
  // The client turns single asterisks into bold.
  em: (token) => [[token.raw.startsWith("*") ? "bold" : "italic", pieces(token.tokens)]],
  link: (token) => [["link", shown(token.href), pieces(token.tokens)]],
};

function pieces(tokens) {
  return joined(tokens.flatMap((token) => TOKENS[token.type]?.(token) ?? [[token.type, token.raw]]));
}

export const readCard = (text) => pieces(marked.lexer(escaped(text), { gfm: true, headerIds: false, mangle: false }));
