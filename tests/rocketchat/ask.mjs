// Answers questions, a line of JSON each: {"read": ["message" | "card" | "page", ...texts]} or {"judge": [name, ...bodies]}.

import { createInterface } from "node:readline";
import { readCard } from "./card_reader.mjs";
import { readPage } from "./page_reader.mjs";
import { judge } from "./schemas.mjs";
import { readers } from "./server_reader.mjs";

const READERS = { message: readers, card: { ...readers, "the web's cards": readCard }, page: { page: readPage } };

function read([kind, ...texts]) {
  return texts.map((text) => Object.fromEntries(Object.entries(READERS[kind]).map(([name, each]) => [name, each(text)])));
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer = question.read ? read(question.read) : judge(question.judge);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
